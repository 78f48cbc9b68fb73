use super::*;

#[test]
fn a_new_secret_is_base64_of_its_bytes_and_can_be_parsed() {
    let secret = ApiKeySecret::generate(Environment::Live, [0xfb; 32]);
    assert_eq!(
        secret.expose(),
        "sk_live_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s"
    );
    assert_eq!(ApiKeySecret::parse(secret.expose()).unwrap(), secret);
    assert_eq!(format!("{secret:?}"), "ApiKeySecret(…)");
    assert_eq!(secret.environment(), Environment::Live);
}

#[test]
fn a_malformed_key_is_rejected() {
    for text in [
        "",
        "sk_live_",
        "sk_prod_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "sk_live_\0",
    ] {
        assert_eq!(
            ApiKeySecret::parse(text),
            Err(InvalidValue::Malformed),
            "{text}"
        );
    }
}
