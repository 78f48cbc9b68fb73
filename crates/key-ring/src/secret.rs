//! Parses and generates secrets. Owns their text formats and never exposes a secret in an error or debug output.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{
    STANDARD_PAD_INDIFFERENT, URL_SAFE_NO_PAD, URL_SAFE_PAD_INDIFFERENT,
};
use zeroize::Zeroizing;

/// Minimum length of a secret, in bytes after decoding: the 256 bits of a derived key.
pub const MIN_SECRET_BYTES: usize = 32;

/// Maximum length of a secret, in bytes after decoding.
pub const MAX_SECRET_BYTES: usize = 1024;

/// Minimum number of distinct byte values. 32 random bytes have fewer with a probability of 10^-15; typed or repeated
/// bytes usually do.
const MIN_DISTINCT_BYTES: usize = 16;

/// A secret of at least [`MIN_SECRET_BYTES`], wiped from memory when dropped and hidden from debug output.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// Why a text is not a valid secret. Reveals lengths only, never content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Neither hexadecimal nor base64.
    #[error("must be hexadecimal or base64 (`openssl rand -base64 32` generates one)")]
    Encoding,
    /// Fewer than [`MIN_SECRET_BYTES`].
    #[error(
        "must be at least {MIN_SECRET_BYTES} bytes after decoding, has {0} (`openssl rand -base64 32` generates one)"
    )]
    TooShort(usize),
    /// More than [`MAX_SECRET_BYTES`].
    #[error("must be at most {MAX_SECRET_BYTES} bytes after decoding")]
    TooLong,
    /// Too few distinct bytes to be random.
    #[error("must be random (`openssl rand -base64 32` generates one)")]
    NotRandom,
    /// The operating system returned no random bytes.
    #[error("the operating system returned no random bytes: {0}")]
    Randomness(#[from] getrandom::Error),
}

impl Secret {
    /// Parses a secret in hexadecimal or base64 (standard or URL-safe, padded or not). Surrounding white space is
    /// ignored. A text that is valid in both encodings is read as hexadecimal.
    ///
    /// # Errors
    /// [`SecretError`] if the text has another encoding, is too short or too long, or does not look random.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let text = text.trim();
        if text.len() > 2 * MAX_SECRET_BYTES {
            return Err(SecretError::TooLong);
        }
        let bytes = decode(text).ok_or(SecretError::Encoding)?;
        if bytes.len() < MIN_SECRET_BYTES {
            return Err(SecretError::TooShort(bytes.len()));
        }
        if bytes.len() > MAX_SECRET_BYTES {
            return Err(SecretError::TooLong);
        }
        if distinct_bytes(&bytes) < MIN_DISTINCT_BYTES {
            return Err(SecretError::NotRandom);
        }
        Ok(Self(bytes))
    }

    /// Generates a secret of [`MIN_SECRET_BYTES`] with the random generator of the operating system.
    ///
    /// # Errors
    /// [`SecretError::Randomness`] if the operating system returns no random bytes.
    pub fn generate() -> Result<Self, SecretError> {
        let mut bytes = Zeroizing::new(vec![0; MIN_SECRET_BYTES]);
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The secret as text that [`Secret::parse`] accepts. Store it only where its owner alone can read it.
    #[must_use]
    pub fn expose_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(&*self.0))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    decode_hex(text)
        .or_else(|| STANDARD_PAD_INDIFFERENT.decode(text).ok())
        .or_else(|| URL_SAFE_PAD_INDIFFERENT.decode(text).ok())
        .map(Zeroizing::new)
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let nibbles: Zeroizing<Vec<u8>> = Zeroizing::new(
        text.chars()
            .map(|c| c.to_digit(16).and_then(|n| u8::try_from(n).ok()))
            .collect::<Option<_>>()?,
    );
    let (pairs, []) = nibbles.as_chunks::<2>() else {
        return None;
    };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

fn distinct_bytes(bytes: &[u8]) -> usize {
    let mut sorted = Zeroizing::new(bytes.to_vec());
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}
