//! How commands about keys are put to the store, and what comes back.

use std::sync::Arc;

use super::keys::{KeyCreated, KeyError, KeyRotated};
use crate::model::{ApiKey, ApiKeySecret, ApplicationId, CommandContext, KeyId};
use crate::ports::{KeyMutation, KeyStore, StoreError};
use crate::rules::keys::{
    KeyChangeSet, KeyFacts, KeyOutcome, KeyRotation, NewKey, NewSecret, decide_create,
    decide_rotate,
};

/// Makes a key of an application.
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
    let key = set.added().cloned().ok_or_else(|| torn("a new key"))?;
    Ok(KeyCreated { key, secret })
}

/// A decision about one key.
pub(super) fn about(
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

/// A secret that nobody can guess, of the context's environment.
fn new_secret(context: &CommandContext) -> ApiKeySecret {
    ApiKeySecret::generate(
        context.environment,
        context.derive_secret("api-key", b"secret"),
    )
}

/// The key that a decision was about, as it is now.
pub(super) fn key_after(outcome: KeyOutcome) -> Result<ApiKey, KeyError> {
    match outcome {
        KeyOutcome::Unchanged(key) => Ok(*key),
        other => changed(other)?
            .changed()
            .cloned()
            .ok_or_else(|| torn("a change")),
    }
}

/// Makes a key in the place of another.
pub(super) async fn rotate(
    keys: &dyn KeyStore,
    application: ApplicationId,
    id: KeyId,
    rotation: KeyRotation,
    context: &CommandContext,
) -> Result<KeyRotated, KeyError> {
    let secret = new_secret(context);
    let known = NewSecret::of(&secret);
    let mutation = about(id, context, move |facts, context| {
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
        _ => Err(torn("a rotation")),
    }
}

fn changed(outcome: KeyOutcome) -> Result<KeyChangeSet, KeyError> {
    match outcome {
        KeyOutcome::Changed(set) => Ok(*set),
        KeyOutcome::Refused(rejection) => Err(rejection.into()),
        KeyOutcome::Unchanged(_) => Err(torn("a change")),
    }
}

fn torn(what: &str) -> KeyError {
    let reason = format!("{what} of a key came back without what belongs to it");
    StoreError::Defect { reason }.into()
}
