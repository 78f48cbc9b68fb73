//! Tests of sealing and opening.

use key_ring::{KeyRing, OVERHEAD_BYTES, OpenError, Purpose, Secret};
use proptest::prelude::*;

use crate::secret;

fn ring(number: u8) -> KeyRing {
    KeyRing::new(secret(number), Vec::new())
}

fn purpose() -> impl Strategy<Value = Purpose> {
    prop::sample::select(Purpose::ALL.to_vec())
}

proptest! {
    #[test]
    fn sealed_data_opens(purpose in purpose(), plaintext: Vec<u8>, data: Vec<u8>) {
        let sealed = ring(1).seal(purpose, &plaintext, &data).unwrap();
        prop_assert_eq!(sealed.len(), plaintext.len() + OVERHEAD_BYTES);
        prop_assert_eq!(ring(1).open(purpose, &sealed, &data), Ok(plaintext.clone()));

        let text = ring(1).seal_text(purpose, &plaintext, &data).unwrap();
        prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        prop_assert_eq!(ring(1).open_text(purpose, &text, &data), Ok(plaintext));
    }

    #[test]
    fn any_changed_byte_is_rejected(plaintext: Vec<u8>, at: prop::sample::Index, flip in 1u8..) {
        let mut sealed = ring(1).seal(Purpose::Cursor, &plaintext, b"application").unwrap();
        let at = at.index(sealed.len());
        *sealed.get_mut(at).unwrap() ^= flip;
        prop_assert_eq!(ring(1).open(Purpose::Cursor, &sealed, b"application"), Err(OpenError));
    }

    #[test]
    fn any_changed_character_is_rejected(plaintext: Vec<u8>, at: prop::sample::Index, other: char) {
        let text = ring(1).seal_text(Purpose::Cursor, &plaintext, b"").unwrap();
        let at = at.index(text.len());
        let changed: String = text.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
        prop_assume!(changed != text);
        prop_assert_eq!(ring(1).open_text(Purpose::Cursor, &changed, b""), Err(OpenError));
    }

    #[test]
    fn truncated_and_unrelated_bytes_are_rejected(plaintext: Vec<u8>, keep: prop::sample::Index, noise: Vec<u8>) {
        let sealed = ring(1).seal(Purpose::Cursor, &plaintext, b"").unwrap();
        let part = sealed.get(..keep.index(sealed.len())).unwrap();
        prop_assert_eq!(ring(1).open(Purpose::Cursor, part, b""), Err(OpenError));
        prop_assert_eq!(ring(1).open(Purpose::Cursor, &noise, b""), Err(OpenError));
    }

    #[test]
    fn another_purpose_or_associated_data_is_rejected(sealed_for in purpose(), opened_for in purpose(), data: Vec<u8>, other: Vec<u8>) {
        prop_assume!((sealed_for, &data) != (opened_for, &other));
        let sealed = ring(1).seal(sealed_for, b"plaintext", &data).unwrap();
        prop_assert_eq!(ring(1).open(opened_for, &sealed, &other), Err(OpenError));
    }
}

#[test]
fn a_previous_key_opens_and_the_current_one_seals() {
    let old = ring(1);
    let sealed = old.seal(Purpose::Sealing, b"kept", b"").unwrap();

    let rotated = KeyRing::new(secret(2), vec![secret(3), secret(1)]);
    assert_eq!(rotated.open(Purpose::Sealing, &sealed, b"").unwrap(), b"kept");

    let fresh = rotated.seal(Purpose::Sealing, b"new", b"").unwrap();
    assert_eq!(ring(2).open(Purpose::Sealing, &fresh, b"").unwrap(), b"new");
    assert_eq!(old.open(Purpose::Sealing, &fresh, b""), Err(OpenError));

    let without_old_key = KeyRing::new(secret(2), vec![secret(3)]);
    assert_eq!(without_old_key.open(Purpose::Sealing, &sealed, b""), Err(OpenError));
}

#[test]
fn only_data_sealed_with_the_current_key_is_current() {
    let sealed = ring(1).seal(Purpose::Sealing, b"kept", b"").unwrap();
    let rotated = KeyRing::new(secret(2), vec![secret(1)]);
    assert!(ring(1).is_current(&sealed));
    assert!(!rotated.is_current(&sealed));
    let fresh = rotated.seal(Purpose::Sealing, b"kept", b"").unwrap();
    assert!(rotated.is_current(&fresh));
    assert!(!rotated.is_current(b""));
}

#[test]
fn sealing_a_plaintext_twice_yields_different_bytes() {
    let seal = || ring(1).seal(Purpose::Cursor, b"x", b"").unwrap();
    assert_ne!(seal(), seal());
}

/// `FIRST_VERSION` was sealed by another implementation (the cipher of libsodium). Data in databases and cursors held
/// by clients must open with every later version of this crate.
#[test]
fn bytes_sealed_by_the_first_version_open() {
    let ring = KeyRing::new(
        Secret::parse("fbefbe00112233445566778899aabbccddeeff0102030405060708090a0b0cff").unwrap(),
        Vec::new(),
    );
    let opened = ring.open_text(Purpose::Sealing, FIRST_VERSION, b"application");
    assert_eq!(opened.unwrap(), b"kept since the first version");
}

const FIRST_VERSION: &str = "KtMZAQABAgMEBQYHCAkKCwwNDg8QERITFBUWF9LiPdnjaK81IUOJCLmFR7khVKQ2dQFxQJY07wFDTdxUZGwYgG0Q9tqz6KrD";
