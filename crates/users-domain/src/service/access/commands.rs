//! Key commands: builds store mutations and converts their outcomes.

use std::sync::Arc;

use super::keys::{KeyCreated, KeyError, KeyRotated};
use crate::model::{ApiKey, ApiKeySecret, ApplicationId, CommandContext, KeyId};
use crate::ports::{KeyMutation, KeyStore, StoreError};
use crate::rules::keys::{
    KeyChangeSet, KeyFacts, KeyOutcome, KeyRotation, NewKey, NewSecret, decide_create,
    decide_rotate,
};

/// Changes the keys of an application, once.
pub(super) struct KeyCommand<'a> {
    pub(super) keys: &'a dyn KeyStore,
    pub(super) application: ApplicationId,
    pub(super) context: CommandContext,
}

impl KeyCommand<'_> {
    pub(super) async fn create(self, new: NewKey) -> Result<KeyCreated, KeyError> {
        let (secret, known) = self.new_secret();
        let application = self.application;
        let outcome = self.commit(None, move |facts, context| {
            decide_create(facts, &new, &known, application, context)
        });
        let set = changed(outcome.await?)?;
        let key = set.added().cloned();
        let key = key.ok_or_else(|| unexpected("a new key"))?;
        Ok(KeyCreated { key, secret })
    }

    /// Changes one key; returns the key after the change.
    pub(super) async fn change(
        self,
        id: KeyId,
        decide: impl Fn(&KeyFacts, &CommandContext) -> KeyOutcome + Send + Sync + 'static,
    ) -> Result<ApiKey, KeyError> {
        match self.commit(Some(id), decide).await? {
            KeyOutcome::Unchanged(key) => Ok(*key),
            other => changed(other)?.changed().cloned().ok_or_else(|| unexpected("a change")),
        }
    }

    pub(super) async fn rotate(
        self,
        id: KeyId,
        rotation: KeyRotation,
    ) -> Result<KeyRotated, KeyError> {
        let (secret, known) = self.new_secret();
        let outcome = self.commit(Some(id), move |facts, context| {
            decide_rotate(facts, &rotation, &known, context)
        });
        let set = changed(outcome.await?)?;
        let keys = set.added().cloned().zip(set.changed().cloned());
        let (key, previous) = keys.ok_or_else(|| unexpected("a rotation"))?;
        let created = KeyCreated { key, secret };
        Ok(KeyRotated { created, previous })
    }

    async fn commit(
        self,
        subject: Option<KeyId>,
        decide: impl Fn(&KeyFacts, &CommandContext) -> KeyOutcome + Send + Sync + 'static,
    ) -> Result<KeyOutcome, StoreError> {
        let mutation = KeyMutation {
            subject,
            at: self.context.at,
            decide: Arc::new(move |facts| decide(facts, &self.context)),
        };
        self.keys.commit(self.application, mutation).await
    }

    fn new_secret(&self) -> (ApiKeySecret, NewSecret) {
        let random = self.context.derive_secret("api-key", b"secret");
        let secret = ApiKeySecret::generate(self.context.environment, random);
        let known = NewSecret::of(&secret);
        (secret, known)
    }
}

fn changed(outcome: KeyOutcome) -> Result<KeyChangeSet, KeyError> {
    match outcome {
        KeyOutcome::Changed(set) => Ok(*set),
        KeyOutcome::Refused(rejection) => Err(rejection.into()),
        KeyOutcome::Unchanged(_) => Err(unexpected("a change")),
    }
}

fn unexpected(what: &str) -> KeyError {
    let reason = format!("the store returned {what} of a key with an unexpected outcome");
    StoreError::Defect { reason }.into()
}
