//! Whether this process has the keys that its database was used with.

use adapter_postgres::PgKeyCheckStore;
use key_ring::{KeyRing, Purpose, SealError};
use thiserror::Error;
use users_domain::ports::StoreError;

const WORD: &[u8] = b"users-service";
const LABEL: &[u8] = b"key-check/v1";

/// Why the keys cannot be used with the database.
#[derive(Debug, Error)]
pub enum KeyCheckError {
    /// None of the keys opens what the database holds.
    #[error(
        "the secret key is not the one that this database was used with: set SECRET_KEY to the earlier one, or put the \
         earlier secret.key back into DATA_DIR; after a planned change, list the earlier one in SECRET_KEYS_PREVIOUS"
    )]
    OtherKeys,
    /// The word could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Compares a key ring with the sealed word of the database.
pub struct KeyCheck {
    ring: KeyRing,
    store: PgKeyCheckStore,
}

impl KeyCheck {
    pub(crate) fn new(ring: KeyRing, store: PgKeyCheckStore) -> Self {
        Self { ring, store }
    }

    /// Opens the sealed word of the database, or stores the first one.
    ///
    /// # Errors
    /// [`KeyCheckError`].
    pub async fn run(&self) -> Result<(), KeyCheckError> {
        self.open().await.map(drop)
    }

    /// Seals the word under the current key where a previous one did.
    ///
    /// # Errors
    /// [`KeyCheckError`].
    pub async fn reseal(&self) -> Result<(), KeyCheckError> {
        let sealed = self.open().await?;
        if !self.ring.is_current(&sealed) {
            self.store.replace(sealed, self.seal()?).await?;
        }
        Ok(())
    }

    async fn open(&self) -> Result<Vec<u8>, KeyCheckError> {
        let sealed = self.store.find_or_add(self.seal()?).await?;
        match self.ring.open(Purpose::Sealing, &sealed, LABEL) {
            Ok(_) => Ok(sealed),
            Err(_) => Err(KeyCheckError::OtherKeys),
        }
    }

    fn seal(&self) -> Result<Vec<u8>, SealError> {
        self.ring.seal(Purpose::Sealing, WORD, LABEL)
    }
}
