use super::*;

#[test]
fn a_new_secret_is_base64_of_its_bytes_and_can_be_parsed() {
    let secret = ApiKeySecret::generate(Environment::Live, [0xfb; 32]);
    assert_eq!(secret.expose(), "sk_live_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
    assert_eq!(ApiKeySecret::parse(secret.expose()).unwrap(), secret);
    assert_eq!(format!("{secret:?}"), "ApiKeySecret(…)");
    assert_eq!(secret.environment(), Environment::Live);
}

#[test]
fn a_malformed_key_is_rejected() {
    for text in
        ["", "sk_live_", "sk_prod_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "sk_live_\0"]
    {
        assert_eq!(ApiKeySecret::parse(text), Err(InvalidValue::Malformed), "{text}");
    }
}

#[test]
fn a_grace_period_is_at_most_a_week() {
    let minutes = |minutes| KeyGrace::from_minutes(minutes).map(KeyGrace::duration);
    assert_eq!(minutes(0), Ok(Duration::ZERO));
    assert_eq!(minutes(1440), Ok(KeyGrace::DEFAULT.duration()));
    assert_eq!(minutes(10_080), Ok(Duration::from_hours(7 * 24)));
    let refused = Err(InvalidValue::OutOfRange { min: 0, max: 10_080 });
    assert_eq!(minutes(10_081), refused);
    assert_eq!(minutes(u64::MAX), refused);
}
