//! Key use cases of API callers.

use std::sync::Arc;

use thiserror::Error;

use super::commands::KeyCommand;
use crate::model::{ApiKey, ApiKeySecret, Caller, KeyId, Operation};
use crate::ports::{Clock, Entropy, KeyStore, StoreError};
use crate::rules::keys::{
    KeyRejection, KeyRotation, KeyUpdate, NewKey, decide_revoke, decide_update, may_handle,
};
use crate::service::{Contexts, authorize};

/// Error of a key use case.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The rules reject the command.
    #[error(transparent)]
    Refused(#[from] KeyRejection),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A new key with its secret, which is returned only once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCreated {
    /// The stored key.
    pub key: ApiKey,
    /// The secret.
    pub secret: ApiKeySecret,
}

/// Result of a key rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRotated {
    /// The new key.
    pub created: KeyCreated,
    /// The old key after the rotation.
    pub previous: ApiKey,
}

/// Key use cases of API callers, limited to their application.
pub struct KeyService {
    keys: Arc<dyn KeyStore>,
    contexts: Contexts,
}

impl KeyService {
    /// Creates the service with its ports.
    pub fn new(keys: Arc<dyn KeyStore>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { keys, contexts: Contexts { clock, entropy } }
    }

    /// Returns the keys of the application, oldest first: all valid keys and the most recently ended ones.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<ApiKey>, KeyError> {
        require(caller, Operation::ReadKeys)?;
        Ok(self.keys.list(caller.application(), self.contexts.now()).await?)
    }

    /// Returns one key in any state.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn find(&self, caller: &Caller, id: KeyId) -> Result<ApiKey, KeyError> {
        require(caller, Operation::ReadKeys)?;
        let found = self.keys.find_by_id(caller.application(), id).await?;
        found.ok_or(KeyError::Refused(KeyRejection::NotFound))
    }

    /// Checks that the key exists and that the caller may change it; these errors precede those of invalid values.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn check_reach(&self, caller: &Caller, id: KeyId) -> Result<(), KeyError> {
        require(caller, Operation::ManageKeys)?;
        let key = self.find(caller, id).await?;
        if may_handle(&self.contexts.of(caller).actor, key.kind) {
            Ok(())
        } else {
            Err(KeyRejection::Forbidden.into())
        }
    }

    /// Creates a key with a random secret.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn create(&self, caller: &Caller, new: NewKey) -> Result<KeyCreated, KeyError> {
        self.command(caller)?.create(new).await
    }

    /// Changes the attributes of a key, but not its secret.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn update(
        &self,
        caller: &Caller,
        id: KeyId,
        update: KeyUpdate,
    ) -> Result<ApiKey, KeyError> {
        let decide = move |facts: &_, context: &_| decide_update(facts, &update, context);
        self.command(caller)?.change(id, decide).await
    }

    /// Revokes a key immediately and permanently. A key that is already revoked retains its revocation time.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn revoke(&self, caller: &Caller, id: KeyId) -> Result<ApiKey, KeyError> {
        self.command(caller)?.change(id, decide_revoke).await
    }

    /// Replaces a key with a new one; the old key stays valid for the grace period.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn rotate(
        &self,
        caller: &Caller,
        id: KeyId,
        rotation: KeyRotation,
    ) -> Result<KeyRotated, KeyError> {
        self.command(caller)?.rotate(id, rotation).await
    }

    fn command(&self, caller: &Caller) -> Result<KeyCommand<'_>, KeyRejection> {
        require(caller, Operation::ManageKeys)?;
        Ok(KeyCommand {
            keys: &*self.keys,
            application: caller.application(),
            context: self.contexts.of(caller),
        })
    }
}

fn require(caller: &Caller, operation: Operation) -> Result<(), KeyRejection> {
    authorize(caller, operation).map_err(|_| KeyRejection::Forbidden)
}
