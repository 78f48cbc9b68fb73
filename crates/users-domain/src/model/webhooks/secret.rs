//! Secrets that sign webhook deliveries.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::model::InvalidValue;

/// 32 random bytes shared by a destination and this service. Wiped from memory when dropped; never printed or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Zeroizing<[u8; 32]>);

impl WebhookSecret {
    /// Wraps 32 random bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes: the key of `webhook-signature`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// `secret_shared_key`: URL-safe base64 without padding. The bytes of this text are the key of the `X-` signatures.
    #[must_use]
    pub fn shared_key(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(*self.0))
    }

    /// `standard_secret`: the same bytes in the format of Standard Webhooks libraries.
    #[must_use]
    pub fn standard_secret(&self) -> Zeroizing<String> {
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(*self.0));
        Zeroizing::new(format!("whsec_{}", *encoded))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// A stored secret, encrypted with the key ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret(Vec<u8>);

impl SealedSecret {
    /// Wraps bytes sealed by a vault.
    #[must_use]
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// How long older secrets continue to sign after a rotation: 0 to 168 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotationGrace(Duration);

impl RotationGrace {
    /// Maximum grace period, in hours.
    pub const MAX_HOURS: u64 = 168;

    /// The default grace period: 24 hours.
    pub const DEFAULT: Self = Self(Duration::from_hours(24));

    /// # Errors
    /// [`InvalidValue::OutOfRange`].
    pub const fn from_hours(hours: u64) -> Result<Self, InvalidValue> {
        if hours > Self::MAX_HOURS {
            return Err(InvalidValue::OutOfRange { min: 0, max: Self::MAX_HOURS });
        }
        Ok(Self(Duration::from_hours(hours)))
    }

    /// The grace period as a duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

/// The currently signing secrets: at least one, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningSecrets {
    newest: WebhookSecret,
    older: Vec<WebhookSecret>,
}

impl SigningSecrets {
    /// Maximum number of signing secrets; a further rotation retires the oldest.
    pub const MAX: usize = 4;

    /// Creates the list; `older` must be sorted newest first.
    #[must_use]
    pub const fn new(newest: WebhookSecret, older: Vec<WebhookSecret>) -> Self {
        Self { newest, older }
    }

    /// The oldest secret that still signs. It signs the `X-` headers, because receivers already know it.
    #[must_use]
    pub fn oldest(&self) -> &WebhookSecret {
        self.older.last().unwrap_or(&self.newest)
    }

    /// All secrets, newest first.
    pub fn all(&self) -> impl Iterator<Item = &WebhookSecret> {
        std::iter::once(&self.newest).chain(&self.older)
    }
}

#[cfg(test)]
mod tests;
