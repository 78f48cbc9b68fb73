//! Key commands: builds store mutations and converts their outcomes.

use std::sync::Arc;

use super::keys::{KeyCreated, KeyError, KeyRotated};
use crate::model::{ApiKey, ApiKeySecret, ApplicationId, CommandContext, KeyId};
use crate::ports::{KeyMutation, KeyStore, StoreError};
use crate::rules::keys::{
    KeyChangeSet, KeyFacts, KeyOutcome, KeyRotation, NewKey, NewSecret, decide_create,
    decide_rotate,
};

/// Creates a key of an application.
pub(super) async fn create(
    keys: &dyn KeyStore,
    application: ApplicationId,
    new: NewKey,
    context: CommandContext,
) -> Result<KeyCreated, KeyError> {
    let secret = new_secret(&context);
    let known = NewSecret::of(&secret);
    let mutation = KeyMutation {
        subject: None,
        at: context.at,
        decide: Arc::new(move |facts| decide_create(facts, &new, &known, application, &context)),
    };
    let set = changed(keys.commit(application, mutation).await?)?;
    let key = set
        .added()
        .cloned()
        .ok_or_else(|| unexpected("a new key"))?;
    Ok(KeyCreated { key, secret })
}

/// Creates a mutation of one key.
pub(super) fn key_mutation(
    id: KeyId,
    context: &CommandContext,
    decide: impl Fn(&KeyFacts, &CommandContext) -> KeyOutcome + Send + Sync + 'static,
) -> KeyMutation {
    let context = context.clone();
    KeyMutation {
        subject: Some(id),
        at: context.at,
        decide: Arc::new(move |facts| decide(facts, &context)),
    }
}

/// Generates a random secret for the context's environment.
fn new_secret(context: &CommandContext) -> ApiKeySecret {
    ApiKeySecret::generate(
        context.environment,
        context.derive_secret("api-key", b"secret"),
    )
}

/// Returns the key of a mutation after its commit.
pub(super) fn key_after(outcome: KeyOutcome) -> Result<ApiKey, KeyError> {
    match outcome {
        KeyOutcome::Unchanged(key) => Ok(*key),
        other => changed(other)?
            .changed()
            .cloned()
            .ok_or_else(|| unexpected("a change")),
    }
}

/// Replaces a key with a new one.
pub(super) async fn rotate(
    keys: &dyn KeyStore,
    application: ApplicationId,
    id: KeyId,
    rotation: KeyRotation,
    context: &CommandContext,
) -> Result<KeyRotated, KeyError> {
    let secret = new_secret(context);
    let known = NewSecret::of(&secret);
    let mutation = key_mutation(id, context, move |facts, context| {
        decide_rotate(facts, &rotation, &known, context)
    });
    rotated(keys.commit(application, mutation).await?, secret)
}

fn rotated(outcome: KeyOutcome, secret: ApiKeySecret) -> Result<KeyRotated, KeyError> {
    let set = changed(outcome)?;
    match (set.added(), set.changed()) {
        (Some(key), Some(previous)) => Ok(KeyRotated {
            created: KeyCreated {
                key: key.clone(),
                secret,
            },
            previous: previous.clone(),
        }),
        _ => Err(unexpected("a rotation")),
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
