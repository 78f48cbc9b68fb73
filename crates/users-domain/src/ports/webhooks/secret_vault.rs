//! Secrets at rest.

use thiserror::Error;

use crate::model::DestinationId;
use crate::model::webhooks::{SealedSecret, WebhookSecret};

/// Why a secret was not sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaultError {
    /// Not sealed by this vault for this destination, or by a key that it no longer has.
    #[error("the secret was not sealed for this destination by a key that is at hand")]
    NotOurs,
    /// No randomness.
    #[error("the secret could not be sealed")]
    NotSealed,
}

/// Seals secrets so that only whoever has the key ring reads them, and each only for its destination.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait SecretVault: Send + Sync {
    /// Seals under the current key.
    ///
    /// # Errors
    /// [`VaultError::NotSealed`].
    fn seal(
        &self,
        secret: &WebhookSecret,
        owner: DestinationId,
    ) -> Result<SealedSecret, VaultError>;

    /// Opens what this or a previous key sealed.
    ///
    /// # Errors
    /// [`VaultError::NotOurs`].
    fn open(
        &self,
        sealed: &SealedSecret,
        owner: DestinationId,
    ) -> Result<WebhookSecret, VaultError>;

    /// Whether it was sealed under the current key.
    fn is_current(&self, sealed: &SealedSecret) -> bool;
}
