use super::*;

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

#[test]
fn a_key_is_visible_ascii_of_at_most_255_characters() {
    for text in ["a", "\"quoted\"", "!~", &"x".repeat(255)] {
        assert!(IdempotencyKey::parse(text).is_ok(), "{text}");
    }
    let too_long = InvalidValue::TooLong { max: 255, unit: LengthUnit::Characters };
    for (text, invalid) in [
        ("", InvalidValue::Blank),
        (&"x".repeat(256), too_long),
        ("a b", InvalidValue::Malformed),
        ("a\t", InvalidValue::Malformed),
        ("é", InvalidValue::Malformed),
        ("\u{7f}", InvalidValue::Malformed),
    ] {
        assert_eq!(IdempotencyKey::parse(text).err(), Some(invalid), "{text}");
    }
}

#[test]
fn a_claim_name_depends_on_operation_and_key_only() {
    let claim = |operation, text, part: &[u8]| {
        IdempotencyClaim::new(operation, &key(text), Fingerprint::of(&[part]))
    };
    let first = claim(Operation::CreateUser, "k", b"1");
    assert_eq!(first.name(), claim(Operation::CreateUser, "k", b"2").name(), "another body");
    assert_ne!(first, claim(Operation::CreateUser, "k", b"2"));
    for other in [claim(Operation::UpdateUser, "k", b"1"), claim(Operation::CreateUser, "K", b"1")]
    {
        assert_ne!(first.name(), other.name());
    }
}

#[test]
fn fingerprints_separate_their_parts() {
    assert_ne!(Fingerprint::of(&[b"ab", b"c"]), Fingerprint::of(&[b"a", b"bc"]));
}

#[test]
fn debug_output_omits_key_and_response() {
    let stored = StoredResponse::new(None, b"ada".to_vec()).unwrap();
    let shown = format!("{stored:?} {:?}", key("ada"));
    assert!(!shown.contains("ada") && !shown.contains("97"), "{shown}");
}

#[test]
fn the_size_of_a_response_is_limited() {
    let bytes = vec![0; StoredResponse::MAX_BYTES + 1];
    assert!(StoredResponse::new(None, bytes).is_err());
}
