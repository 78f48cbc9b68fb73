//! What callers can do with the keys of their application.

use std::sync::Arc;

use thiserror::Error;

use super::commands::{about, create, key_after, rotate};
use crate::model::{ApiKey, ApiKeySecret, Caller, CommandContext, KeyId, Operation};
use crate::ports::{Clock, Entropy, KeyStore, StoreError};
use crate::rules::keys::{
    KeyRejection, KeyRotation, KeyUpdate, NewKey, decide_revoke, decide_update, may_handle,
};
use crate::service::authorize;

/// Why a use case around keys did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] KeyRejection),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A new key with its secret, which nobody can see again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCreated {
    /// What is kept.
    pub key: ApiKey,
    /// What is shown once.
    pub secret: ApiKeySecret,
}

/// A key that took the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRotated {
    /// The new one.
    pub created: KeyCreated,
    /// The old one, as it is from now on.
    pub previous: ApiKey,
}

/// The use cases of callers around the keys of their application.
pub struct KeyService {
    keys: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl KeyService {
    /// Over these ports.
    pub fn new(keys: Arc<dyn KeyStore>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            keys,
            clock,
            entropy,
        }
    }

    /// The keys of the application, oldest first: all that live, and the latest that have ended.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn list(&self, caller: &Caller) -> Result<Vec<ApiKey>, KeyError> {
        may(caller, Operation::ReadKeys)?;
        let now = self.clock.now();
        Ok(self.keys.list(caller.application(), now).await?)
    }

    /// One key, in whatever state it is.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn find(&self, caller: &Caller, id: KeyId) -> Result<ApiKey, KeyError> {
        may(caller, Operation::ReadKeys)?;
        let found = self.keys.find_by_id(caller.application(), id).await?;
        found.ok_or(KeyError::Refused(KeyRejection::NotFound))
    }

    /// Says what is to be said of a request whose values are not valid, before that: whether there is such a key, and
    /// whether the caller may touch it.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn check_reach(&self, caller: &Caller, id: KeyId) -> Result<(), KeyError> {
        may(caller, Operation::ManageKeys)?;
        let key = self.find(caller, id).await?;
        if may_handle(&self.context(caller).actor, key.kind) {
            Ok(())
        } else {
            Err(KeyRejection::Forbidden.into())
        }
    }

    /// Makes a key with a random secret.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn create(&self, caller: &Caller, new: NewKey) -> Result<KeyCreated, KeyError> {
        may(caller, Operation::ManageKeys)?;
        let context = self.context(caller);
        create(&*self.keys, caller.application(), new, context).await
    }

    /// Changes what is said about a key; never its secret.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn update(
        &self,
        caller: &Caller,
        id: KeyId,
        update: KeyUpdate,
    ) -> Result<ApiKey, KeyError> {
        may(caller, Operation::ManageKeys)?;
        let context = self.context(caller);
        let mutation = about(id, &context, move |facts, context| {
            decide_update(facts, &update, context)
        });
        key_after(self.keys.commit(caller.application(), mutation).await?)
    }

    /// Revokes a key at once and for good. One that was revoked before keeps its time.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn revoke(&self, caller: &Caller, id: KeyId) -> Result<ApiKey, KeyError> {
        may(caller, Operation::ManageKeys)?;
        let mutation = about(id, &self.context(caller), decide_revoke);
        key_after(self.keys.commit(caller.application(), mutation).await?)
    }

    /// Makes a key in the place of another, which goes on for a while.
    ///
    /// # Errors
    /// [`KeyError::Refused`], [`KeyError::Store`].
    pub async fn rotate(
        &self,
        caller: &Caller,
        id: KeyId,
        rotation: KeyRotation,
    ) -> Result<KeyRotated, KeyError> {
        may(caller, Operation::ManageKeys)?;
        let context = self.context(caller);
        rotate(&*self.keys, caller.application(), id, rotation, &context).await
    }

    fn context(&self, caller: &Caller) -> CommandContext {
        caller.context(self.clock.now(), self.entropy.seed())
    }
}

fn may(caller: &Caller, operation: Operation) -> Result<(), KeyRejection> {
    authorize(caller, operation).map_err(|_| KeyRejection::Forbidden)
}
