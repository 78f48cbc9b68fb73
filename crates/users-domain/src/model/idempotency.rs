//! Calls that are made once however often they are sent: by what a repeat is recognised, and what it gets.

use std::fmt;

use super::digest::digest_of;
use super::{InvalidValue, LengthUnit, Operation, UserId};

/// What a client calls one of its requests by (`Idempotency-Key`): 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest accepted key, in characters.
    pub const MAX_CHARACTERS: usize = 255;

    /// Accepts the text exactly as it is.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], [`InvalidValue::TooLong`] or [`InvalidValue::Malformed`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() {
            return Err(InvalidValue::Blank);
        }
        if text.len() > Self::MAX_CHARACTERS {
            return Err(InvalidValue::TooLong {
                max: Self::MAX_CHARACTERS,
                unit: LengthUnit::Characters,
            });
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidValue::Malformed);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Without the text: clients put into it what they like, personal data too.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyKey").finish_non_exhaustive()
    }
}

/// SHA-256 of all of a request that decides what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of these parts, in order. No two lists of parts have the same one.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        Self(digest_of(parts))
    }

    /// The digest.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What a call lays claim to: its client's key for it, and that it is this call and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencyClaim {
    name: [u8; 32],
    fingerprint: Fingerprint,
}

impl IdempotencyClaim {
    /// The claim of a call. Keys of different operations have nothing to do with each other.
    #[must_use]
    pub fn new(operation: Operation, key: &IdempotencyKey, fingerprint: Fingerprint) -> Self {
        let name = digest_of(&[operation.as_str().as_bytes(), key.0.as_bytes()]);
        Self { name, fingerprint }
    }

    /// SHA-256 of operation and key: what is kept instead of them.
    #[must_use]
    pub const fn name(&self) -> &[u8; 32] {
        &self.name
    }

    /// Which call.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// The answer of a call as its repeats get it. What the bytes say is known to those alone who made them.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResponse {
    user: Option<UserId>,
    bytes: Vec<u8>,
}

impl StoredResponse {
    /// How long an answer is kept, in hours.
    pub const KEPT_HOURS: u32 = 24;

    /// The largest answer, in bytes: beyond all that the limits of a user and of its comments allow.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;

    /// An answer, and the user that it shows.
    ///
    /// # Errors
    /// [`InvalidValue::TooLong`].
    pub fn new(user: Option<UserId>, bytes: Vec<u8>) -> Result<Self, InvalidValue> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(InvalidValue::TooLong {
                max: Self::MAX_BYTES,
                unit: LengthUnit::Bytes,
            });
        }
        Ok(Self { user, bytes })
    }

    /// With whom the answer is to be erased; none where it shows no single user.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        self.user
    }

    /// The answer.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Without the answer: it is personal.
impl fmt::Debug for StoredResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredResponse")
            .field("user", &self.user)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> IdempotencyKey {
        IdempotencyKey::parse(text).unwrap()
    }

    #[test]
    fn a_key_is_visible_ascii_of_at_most_255_characters() {
        for text in ["a", "\"quoted\"", "!~", &"x".repeat(255)] {
            assert!(IdempotencyKey::parse(text).is_ok(), "{text}");
        }
        let too_long = InvalidValue::TooLong {
            max: 255,
            unit: LengthUnit::Characters,
        };
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
    fn a_claim_is_named_by_operation_and_key_alone() {
        let claim = |operation, text, part: &[u8]| {
            IdempotencyClaim::new(operation, &key(text), Fingerprint::of(&[part]))
        };
        let first = claim(Operation::CreateUser, "k", b"1");
        assert_eq!(
            first.name(),
            claim(Operation::CreateUser, "k", b"2").name(),
            "another body"
        );
        assert_ne!(first, claim(Operation::CreateUser, "k", b"2"));
        for other in [
            claim(Operation::UpdateUser, "k", b"1"),
            claim(Operation::CreateUser, "K", b"1"),
        ] {
            assert_ne!(first.name(), other.name());
        }
    }

    #[test]
    fn parts_of_a_fingerprint_do_not_run_together() {
        assert_ne!(
            Fingerprint::of(&[b"ab", b"c"]),
            Fingerprint::of(&[b"a", b"bc"])
        );
    }

    #[test]
    fn neither_key_nor_answer_is_shown_in_logs() {
        let kept = StoredResponse::new(None, b"ada".to_vec()).unwrap();
        let shown = format!("{kept:?} {:?}", key("ada"));
        assert!(!shown.contains("ada") && !shown.contains("97"), "{shown}");
    }

    #[test]
    fn an_answer_has_its_limit() {
        let bytes = vec![0; StoredResponse::MAX_BYTES + 1];
        assert!(StoredResponse::new(None, bytes).is_err());
    }
}
