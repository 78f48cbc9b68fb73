use super::*;

#[test]
fn every_setting_is_read_and_shown() {
    let read = [
        ("verified_fields", "override", "\"override\""),
        ("auto_block_on_decline", "true", "true"),
        ("block_survives_deletion", "false", "false"),
        ("retention_days", "36500", "36500"),
        ("rate_limit_get_per_minute", "0", "0"),
        ("rate_limit_write_per_minute", "7", "7"),
    ];
    let mut settings = ApplicationSettings::default();
    for (name, value, _) in read {
        settings = settings.with(Setting::parse(name, value).unwrap());
    }
    let shown = settings.values().map(|(name, value)| (name, value.to_string()));
    assert_eq!(shown, read.map(|(name, _, shown)| (name, shown.to_owned())));
    let cleared = Setting::parse("rate_limit_get_per_minute", "default").unwrap();
    assert_eq!(settings.with(cleared).rate_limit_get_per_minute, None);
}

#[test]
fn invalid_values_and_names_are_rejected() {
    for (name, value) in [
        ("verified_fields", "Override"),
        ("auto_block_on_decline", "1"),
        ("block_survives_deletion", "no"),
        ("retention_days", "36501"),
        ("retention_days", "-1"),
        ("rate_limit_get_per_minute", ""),
    ] {
        assert!(matches!(Setting::parse(name, value), Err(InvalidSetting::Value { .. })), "{name}");
    }
    assert_eq!(Setting::parse("x", "1"), Err(InvalidSetting::UnknownName));
}
