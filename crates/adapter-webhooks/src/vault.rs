//! Stored webhook secrets, sealed under the key ring. Must never expose a secret.

use key_ring::{KeyRing, Purpose};
use users_domain::model::DestinationId;
use users_domain::model::webhooks::{SealedSecret, WebhookSecret};
use users_domain::ports::{SecretVault, VaultError};
use zeroize::Zeroizing;

/// Domain separation: a sealed webhook secret cannot be opened as another kind of secret for the same id.
const LABEL: &[u8] = b"webhook-secret/v1/";

/// Seals the secrets of destinations under a [`KeyRing`], each bound to the id of its destination.
#[derive(Debug, Clone)]
pub struct KeyRingVault {
    ring: KeyRing,
}

impl KeyRingVault {
    /// Creates a vault on top of the key ring.
    #[must_use]
    pub const fn new(ring: KeyRing) -> Self {
        Self { ring }
    }
}

impl SecretVault for KeyRingVault {
    fn seal(
        &self,
        secret: &WebhookSecret,
        owner: DestinationId,
    ) -> Result<SealedSecret, VaultError> {
        self.ring
            .seal(Purpose::Sealing, secret.as_bytes(), &bound_to(owner))
            .map(SealedSecret::from_bytes)
            .map_err(|_| VaultError::NotSealed)
    }

    fn open(
        &self,
        sealed: &SealedSecret,
        owner: DestinationId,
    ) -> Result<WebhookSecret, VaultError> {
        let opened = self
            .ring
            .open(Purpose::Sealing, sealed.as_bytes(), &bound_to(owner))
            .map(Zeroizing::new)
            .map_err(|_| VaultError::NotOurs)?;
        let bytes = opened.as_slice().try_into().map_err(|_| VaultError::NotOurs)?;
        Ok(WebhookSecret::from_bytes(bytes))
    }

    fn is_current(&self, sealed: &SealedSecret) -> bool {
        self.ring.is_current(sealed.as_bytes())
    }
}

fn bound_to(owner: DestinationId) -> Vec<u8> {
    [LABEL, owner.uuid().as_bytes()].concat()
}
