//! Seals and opens data. Owns the format of sealed bytes: key id ‖ nonce ‖ ciphertext and tag (XChaCha20-Poly1305).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};

use crate::key::{KEY_ID_BYTES, Key, KeyId};
use crate::purpose::Purpose;
use crate::secret::Secret;

/// The extended nonce is long enough to be random for every message, without a counter shared between processes.
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// Number of bytes that sealing adds to the plaintext.
pub const OVERHEAD_BYTES: usize = KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES;

/// One current secret, used for sealing, and previous secrets, used for opening only.
#[derive(Clone)]
pub struct KeyRing {
    current: Key,
    previous: Vec<Key>,
}

/// Why sealing failed: no random nonce, or a plaintext of hundreds of gigabytes.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The operating system returned no random bytes.
    #[error("the operating system returned no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The plaintext exceeds the limit of the cipher.
    #[error("the plaintext is too long to be sealed")]
    TooLong,
}

/// The bytes were not sealed by this ring, for this purpose and with this associated data. The error deliberately does
/// not state which of these is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("was not sealed by this key ring, for this purpose and with this associated data")]
pub struct OpenError;

impl KeyRing {
    /// Creates a ring that seals with `current` and opens data sealed with any of the secrets.
    #[must_use]
    pub fn new(current: Secret, previous: Vec<Secret>) -> Self {
        Self { current: Key::new(current), previous: previous.into_iter().map(Key::new).collect() }
    }

    /// Seals `plaintext`. `associated_data` is authenticated but not included: opening requires the same value.
    ///
    /// # Errors
    /// [`SealError`]; in practice only if the operating system returns no random bytes.
    pub fn seal(
        &self,
        purpose: Purpose,
        plaintext: &[u8],
        associated_data: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let ciphertext = cipher(&self.current, purpose)
            .encrypt(&nonce.into(), Payload { msg: plaintext, aad: associated_data })
            .map_err(|_| SealError::TooLong)?;
        Ok([&self.current.id.0[..], &nonce, &ciphertext].concat())
    }

    /// Opens the result of [`KeyRing::seal`] for the same purpose and the same associated data.
    ///
    /// # Errors
    /// [`OpenError`] for anything else.
    pub fn open(
        &self,
        purpose: Purpose,
        sealed: &[u8],
        associated_data: &[u8],
    ) -> Result<Vec<u8>, OpenError> {
        let (id, rest) = sealed.split_first_chunk::<KEY_ID_BYTES>().ok_or(OpenError)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError)?;
        // Two secrets can have the same id (one in four billion pairs), so every match is tried.
        self.keys()
            .filter(|key| key.id.0 == *id)
            .find_map(|key| {
                let payload = Payload { msg: ciphertext, aad: associated_data };
                cipher(key, purpose).decrypt(&(*nonce).into(), payload).ok()
            })
            .ok_or(OpenError)
    }

    /// Whether `sealed` has the id of the current key, so that it need not be sealed again. Does not check whether it
    /// opens.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed.starts_with(&self.current.id.0)
    }

    /// [`KeyRing::seal`], as URL-safe base64 without padding.
    ///
    /// # Errors
    /// As [`KeyRing::seal`].
    pub fn seal_text(
        &self,
        purpose: Purpose,
        plaintext: &[u8],
        associated_data: &[u8],
    ) -> Result<String, SealError> {
        Ok(URL_SAFE_NO_PAD.encode(self.seal(purpose, plaintext, associated_data)?))
    }

    /// Opens the result of [`KeyRing::seal_text`].
    ///
    /// # Errors
    /// As [`KeyRing::open`], and if the text is not URL-safe base64 without padding.
    pub fn open_text(
        &self,
        purpose: Purpose,
        sealed: &str,
        associated_data: &[u8],
    ) -> Result<Vec<u8>, OpenError> {
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| OpenError)?;
        self.open(purpose, &sealed, associated_data)
    }

    /// The ids of all keys, the current one first. They may be logged.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys().map(|key| key.id)
    }

    fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.key_ids().collect::<Vec<_>>()).finish()
    }
}

fn cipher(key: &Key, purpose: Purpose) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&*key.derive(purpose)).into())
}
