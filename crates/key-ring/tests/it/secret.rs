//! Tests of the text formats of a secret.

use key_ring::{KeyRing, Purpose, Secret, SecretError};

/// The base64 text of these 32 bytes contains the characters in which the two alphabets differ.
const HEX: &str = "fbefbe00112233445566778899aabbccddeeff0102030405060708090a0b0cff";
const STANDARD: &str = "++++ABEiM0RVZneImaq7zN3u/wECAwQFBgcICQoLDP8=";
const URL_SAFE: &str = "----ABEiM0RVZneImaq7zN3u_wECAwQFBgcICQoLDP8=";

fn ring(text: &str) -> KeyRing {
    KeyRing::new(Secret::parse(text).unwrap(), Vec::new())
}

#[test]
fn all_encodings_yield_the_same_secret() {
    let sealed = ring(HEX).seal(Purpose::Cursor, b"x", b"").unwrap();
    let unpadded = |text: &str| text.trim_end_matches('=').to_owned();
    for form in [
        HEX.to_uppercase(),
        STANDARD.to_owned(),
        unpadded(STANDARD),
        URL_SAFE.to_owned(),
        unpadded(URL_SAFE),
        format!(" {STANDARD}\n"),
    ] {
        assert_eq!(ring(&form).open(Purpose::Cursor, &sealed, b"").unwrap(), b"x", "{form}");
    }
}

#[test]
fn an_ambiguous_text_is_read_as_hexadecimal() {
    // As base64, these 64 digits would be 48 different bytes.
    let sealed = ring(HEX).seal(Purpose::Cursor, b"x", b"").unwrap();
    assert!(ring(STANDARD).open(Purpose::Cursor, &sealed, b"").is_ok());
}

#[test]
fn an_invalid_secret_is_rejected_with_the_reason() {
    for (text, error) in [
        ("", SecretError::TooShort(0)),
        ("not a secret!", SecretError::Encoding),
        (&HEX[..62], SecretError::TooShort(31)),
        (&"ab".repeat(32), SecretError::NotRandom),
        (&HEX.repeat(33), SecretError::TooLong),
        (&"A".repeat(3000), SecretError::TooLong),
    ] {
        assert_eq!(Secret::parse(text).unwrap_err(), error, "{text}");
    }
}

#[test]
fn generated_secrets_differ_and_can_be_parsed() {
    let (one, other) = (Secret::generate().unwrap(), Secret::generate().unwrap());
    assert_ne!(*one.expose_text(), *other.expose_text());
    assert_eq!(*Secret::parse(&one.expose_text()).unwrap().expose_text(), *one.expose_text());
}

#[test]
fn debug_and_error_texts_hide_secrets() {
    let secret = Secret::parse(HEX).unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(…)");
    let shown = format!("{:?}", KeyRing::new(secret, Vec::new()));
    assert!(shown.starts_with("KeyRing([KeyId(") && shown.len() < 40, "{shown}");
    assert!(!Secret::parse("hunter2, hunter2!").unwrap_err().to_string().contains("hunter2"));
}
