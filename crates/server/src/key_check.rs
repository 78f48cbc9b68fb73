//! Checks that this process has the keys with which its database was used.

use adapter_postgres::{PgDestinationStore, PgKeyCheckStore, Pool};
use adapter_webhooks::KeyRingVault;
use key_ring::{KeyRing, Purpose, SealError};
use thiserror::Error;
use users_domain::ports::{DestinationStore as _, SecretVault as _, StoreError};

const WORD: &[u8] = b"users-service";
const LABEL: &[u8] = b"key-check/v1";

/// Webhook secrets per read.
const BATCH: usize = 200;

/// Why the keys cannot be used with the database.
#[derive(Debug, Error)]
pub(crate) enum KeyCheckError {
    #[error(
        "the secret key is not the one that this database was used with: set SECRET_KEY to the earlier one, or put the \
         earlier secret.key back into DATA_DIR; after a planned change, list the earlier one in SECRET_KEYS_PREVIOUS"
    )]
    OtherKeys,
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Compares a key ring with the sealed check word of the database.
pub(crate) struct KeyCheck {
    ring: KeyRing,
    store: PgKeyCheckStore,
    destinations: PgDestinationStore,
}

impl KeyCheck {
    pub(crate) fn new(ring: KeyRing, pool: &Pool) -> Self {
        Self {
            ring,
            store: PgKeyCheckStore::new(pool.clone()),
            destinations: PgDestinationStore::new(pool.clone()),
        }
    }

    /// Opens the sealed check word of the database, or stores one if there is none.
    pub(crate) async fn run(&self) -> Result<(), KeyCheckError> {
        self.open().await.map(drop)
    }

    /// Opens the check word before the schema is migrated, without storing anything. Succeeds if no word is stored.
    pub(crate) async fn before_migrating(&self) -> Result<(), KeyCheckError> {
        match self.store.find_before_migrating().await? {
            Some(sealed) => self.check(&sealed),
            None => Ok(()),
        }
    }

    /// Reseals the check word with the current key if a previous key sealed it.
    pub(crate) async fn reseal(&self) -> Result<(), KeyCheckError> {
        let sealed = self.open().await?;
        if !self.ring.is_current(&sealed) {
            self.store.replace(sealed, self.seal()?).await?;
        }
        Ok(())
    }

    async fn open(&self) -> Result<Vec<u8>, KeyCheckError> {
        let sealed = match self.store.find().await? {
            Some(sealed) => sealed,
            None if self.opens_a_webhook_secret().await? => {
                self.store.find_or_add(self.seal()?).await?
            }
            None => return Err(KeyCheckError::OtherKeys),
        };
        self.check(&sealed).map(|()| sealed)
    }

    fn check(&self, sealed: &[u8]) -> Result<(), KeyCheckError> {
        match self.ring.open(Purpose::Sealing, sealed, LABEL) {
            Ok(_) => Ok(()),
            Err(_) => Err(KeyCheckError::OtherKeys),
        }
    }

    /// Whether the keys open a webhook secret of a database without a check word. Without any sealed secret, every key
    /// is accepted.
    async fn opens_a_webhook_secret(&self) -> Result<bool, StoreError> {
        let vault = KeyRingVault::new(self.ring.clone());
        let mut after = None;
        loop {
            let batch = self.destinations.sealed_secrets(after, BATCH).await?;
            let mut sealed = batch.iter();
            if sealed.any(|(_, owner, sealed)| vault.open(sealed, *owner).is_ok()) {
                return Ok(true);
            }
            match batch.last() {
                Some((last, ..)) => after = Some(*last),
                None => return Ok(after.is_none()),
            }
        }
    }

    fn seal(&self) -> Result<Vec<u8>, SealError> {
        self.ring.seal(Purpose::Sealing, WORD, LABEL)
    }
}
