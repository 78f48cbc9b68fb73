use super::*;
use crate::args::setting;

#[test]
fn shown_settings_parse_to_the_same_settings() {
    let settings = ["verified_fields=override", "rate_limit_get_per_minute=7"]
        .into_iter()
        .map(|text| setting(text).unwrap())
        .fold(ApplicationSettings::default(), ApplicationSettings::with);
    for settings in [settings, ApplicationSettings::default()] {
        let parsed = settings
            .values()
            .into_iter()
            .map(|(name, value)| setting(&format!("{name}={}", shown(value))).unwrap())
            .fold(ApplicationSettings::default(), ApplicationSettings::with);
        assert_eq!(parsed, settings);
    }
}
