//! Encryption of stored webhook secrets.

use thiserror::Error;

use crate::model::DestinationId;
use crate::model::webhooks::{SealedSecret, SigningSecrets, WebhookSecret};

/// Why a secret could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaultError {
    /// The secret was not sealed by this vault for this destination, or its key is no longer available.
    #[error("the secret was not sealed for this destination by a key that is at hand")]
    NotOurs,
    /// No random bytes were available.
    #[error("the secret could not be sealed")]
    NotSealed,
}

/// Seals secrets so that they can be opened only with the key ring and only for their destination.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait SecretVault: Send + Sync {
    /// Seals a secret with the current key.
    ///
    /// # Errors
    /// [`VaultError::NotSealed`].
    fn seal(
        &self,
        secret: &WebhookSecret,
        owner: DestinationId,
    ) -> Result<SealedSecret, VaultError>;

    /// Opens a secret sealed with the current or a previous key.
    ///
    /// # Errors
    /// [`VaultError::NotOurs`].
    fn open(
        &self,
        sealed: &SealedSecret,
        owner: DestinationId,
    ) -> Result<WebhookSecret, VaultError>;

    /// Whether the secret is sealed with the current key.
    fn is_current(&self, sealed: &SealedSecret) -> bool;
}

/// Opens all signing secrets, newest first; all or none, as the receiver may know any one. `None` if there are none.
///
/// # Errors
/// [`VaultError::NotOurs`].
pub fn open_all(
    vault: &dyn SecretVault,
    sealed: &[SealedSecret],
    owner: DestinationId,
) -> Result<Option<SigningSecrets>, VaultError> {
    let opened = sealed.iter().map(|sealed| vault.open(sealed, owner));
    let mut opened = opened.collect::<Result<Vec<_>, _>>()?.into_iter();
    let newest = opened.next();
    Ok(newest.map(|newest| SigningSecrets::new(newest, opened.collect())))
}
