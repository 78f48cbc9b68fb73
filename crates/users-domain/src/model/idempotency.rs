//! Idempotent requests: the key and fingerprint that identify a repeated request, and the stored response it receives.

use std::fmt;

use super::digest::digest_of;
use super::names::visible_ascii;
use super::{InvalidValue, LengthUnit, Operation, UserId};

/// A client's identifier of a request (`Idempotency-Key` header): 1 to 255 visible ASCII characters.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Maximum length, in characters.
    pub const MAX_CHARACTERS: usize = 255;

    /// Accepts the text unchanged.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], [`InvalidValue::TooLong`] or [`InvalidValue::Malformed`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        visible_ascii(text, Self::MAX_CHARACTERS).map(Self)
    }
}

/// Omits the text, which may contain personal data.
impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyKey").finish_non_exhaustive()
    }
}

/// SHA-256 of all parts of a request that determine its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Computes the fingerprint of these parts, in order. Different lists of parts have different fingerprints.
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

/// Identifies an idempotent request: the digest of operation and key, and the fingerprint of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencyClaim {
    name: [u8; 32],
    fingerprint: Fingerprint,
}

impl IdempotencyClaim {
    /// Creates the claim of a request. Keys of different operations are independent of each other.
    #[must_use]
    pub fn new(operation: Operation, key: &IdempotencyKey, fingerprint: Fingerprint) -> Self {
        let name = digest_of(&[operation.as_str().as_bytes(), key.0.as_bytes()]);
        Self { name, fingerprint }
    }

    /// SHA-256 of operation and key, stored instead of them.
    #[must_use]
    pub const fn name(&self) -> &[u8; 32] {
        &self.name
    }

    /// The fingerprint of the request.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

/// The stored response of a request, returned for its repetitions. The bytes are opaque to the domain.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredResponse {
    user: Option<UserId>,
    bytes: Vec<u8>,
}

impl StoredResponse {
    /// How long a response is stored, in hours.
    pub const KEPT_HOURS: u32 = 24;

    /// Maximum size of a response, in bytes. Larger than any response that the limits of a user and its comments allow.
    pub const MAX_BYTES: usize = 4 * 1024 * 1024;

    /// Creates a stored response, with the user that it shows.
    ///
    /// # Errors
    /// [`InvalidValue::TooLong`].
    pub fn new(user: Option<UserId>, bytes: Vec<u8>) -> Result<Self, InvalidValue> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(InvalidValue::TooLong { max: Self::MAX_BYTES, unit: LengthUnit::Bytes });
        }
        Ok(Self { user, bytes })
    }

    /// The user with which the response must be erased; `None` if it does not show a single user.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        self.user
    }

    /// The bytes of the response.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Omits the bytes, which contain personal data.
impl fmt::Debug for StoredResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredResponse")
            .field("user", &self.user)
            .field("bytes", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
