//! Decisions on key commands. The order of checks: existence, permission, values, state of the key and other keys.

use super::change_set::{KeyChangeSet, KeyWrite};
use super::{
    KeyFacts, KeyOutcome, KeyRejection, KeyRotation, KeyUpdate, NewKey, NewSecret, may_end,
    may_handle,
};
use crate::model::{
    ApiKey, ApplicationId, CommandContext, InvalidValue, KeyKind, KeyState, Timestamp,
};
use crate::rules::Patch;

type Decided = Result<KeyOutcome, KeyRejection>;

/// Creates a key.
pub fn decide_create(
    facts: &KeyFacts,
    new: &NewKey,
    secret: &NewSecret,
    application: ApplicationId,
    context: &CommandContext,
) -> KeyOutcome {
    let decided = || -> Decided {
        permitted(may_handle(&context.actor, new.kind))?;
        ahead(new.expires_at, context.at)?;
        let key = secret.clone().key(new.clone(), application, context);
        KeyChangeSet::decided(KeyWrite::Add(key), facts, context)
    };
    decided().unwrap_or_else(KeyOutcome::Refused)
}

/// Changes a key.
pub fn decide_update(facts: &KeyFacts, update: &KeyUpdate, context: &CommandContext) -> KeyOutcome {
    let decided = || -> Decided {
        let before = subject(facts)?;
        let after = updated(before, update);
        permitted(may_handle(&context.actor, before.kind))?;
        permitted(may_handle(&context.actor, after.kind))?;
        if let Patch::Set(at) = update.expires_at {
            ahead(Some(at), context.at)?;
        }
        ensure_valid(before, context.at)?;
        changed(before, after, facts, context)
    };
    decided().unwrap_or_else(KeyOutcome::Refused)
}

/// Revokes a key immediately and permanently. A key that is already revoked stays unchanged.
pub fn decide_revoke(facts: &KeyFacts, context: &CommandContext) -> KeyOutcome {
    let decided = || -> Decided {
        let before = subject(facts)?;
        permitted(may_end(&context.actor, before.kind))?;
        changed(before, revoked(before, context.at), facts, context)
    };
    decided().unwrap_or_else(KeyOutcome::Refused)
}

/// Replaces a key with a new key that has another secret. The old key expires at the end of the grace period, or
/// earlier if it would have expired before; without a grace period it is revoked.
pub fn decide_rotate(
    facts: &KeyFacts,
    rotation: &KeyRotation,
    secret: &NewSecret,
    context: &CommandContext,
) -> KeyOutcome {
    let decided = || -> Decided {
        let before = subject(facts)?;
        permitted(may_handle(&context.actor, before.kind))?;
        if let Patch::Set(at) = rotation.expires_at {
            ahead(Some(at), context.at)?;
        }
        ensure_valid(before, context.at)?;
        let new = NewKey {
            name: before.name.clone(),
            kind: before.kind,
            expires_at: patched(before.expires_at, &rotation.expires_at),
            allowed_ips: before.allowed_ips.clone(),
            limits: before.limits,
        };
        let write = KeyWrite::Replace {
            before: before.clone(),
            after: retired(before, rotation, context.at),
            by: Box::new(secret.clone().key(new, before.application, context)),
        };
        KeyChangeSet::decided(write, facts, context)
    };
    decided().unwrap_or_else(KeyOutcome::Refused)
}

fn subject(facts: &KeyFacts) -> Result<&ApiKey, KeyRejection> {
    facts.subject.as_ref().ok_or(KeyRejection::NotFound)
}

const fn permitted(is_permitted: bool) -> Result<(), KeyRejection> {
    if is_permitted { Ok(()) } else { Err(KeyRejection::Forbidden) }
}

/// Checks the requested expiry of a key. Also called by the HTTP layer, to report it with other invalid fields.
///
/// # Errors
/// [`InvalidValue::NotAhead`].
pub fn expiry(at: Timestamp, now: Timestamp) -> Result<Timestamp, InvalidValue> {
    if at > now { Ok(at) } else { Err(InvalidValue::NotAhead) }
}

fn ahead(requested: Option<Timestamp>, now: Timestamp) -> Result<(), KeyRejection> {
    let checked = requested.map_or(Ok(now), |at| expiry(at, now));
    checked.map(drop).map_err(|_| KeyRejection::ExpiryNotAhead)
}

fn ensure_valid(key: &ApiKey, now: Timestamp) -> Result<(), KeyRejection> {
    if key.state(now) == KeyState::Valid { Ok(()) } else { Err(KeyRejection::Ended) }
}

fn changed(before: &ApiKey, after: ApiKey, facts: &KeyFacts, context: &CommandContext) -> Decided {
    if after == *before {
        return Ok(KeyOutcome::Unchanged(Box::new(after)));
    }
    let before = before.clone();
    KeyChangeSet::decided(KeyWrite::Change { before, after }, facts, context)
}

fn updated(key: &ApiKey, update: &KeyUpdate) -> ApiKey {
    let mut key = key.clone();
    if let Some(name) = &update.name {
        key.name = name.clone();
    }
    if let Some(role) = update.role {
        key.kind = KeyKind::Role(role);
    }
    if let Some(networks) = &update.allowed_ips {
        key.allowed_ips = networks.clone();
    }
    key.expires_at = patched(key.expires_at, &update.expires_at);
    let limits = &mut key.limits;
    limits.reads_per_minute = patched(limits.reads_per_minute, &update.reads_per_minute);
    limits.writes_per_minute = patched(limits.writes_per_minute, &update.writes_per_minute);
    key
}

fn patched<T: Copy>(value: Option<T>, patch: &Patch<T>) -> Option<T> {
    match patch {
        Patch::Absent => value,
        Patch::Clear => None,
        Patch::Set(value) => Some(*value),
    }
}

fn revoked(key: &ApiKey, at: Timestamp) -> ApiKey {
    ApiKey { revoked_at: key.revoked_at.or(Some(at)), ..key.clone() }
}

fn retired(key: &ApiKey, rotation: &KeyRotation, at: Timestamp) -> ApiKey {
    let grace = rotation.grace.duration();
    if grace.is_zero() {
        return revoked(key, at);
    }
    let end = at.plus_millis(u64::try_from(grace.as_millis()).unwrap_or(u64::MAX));
    ApiKey { expires_at: Some(key.expires_at.map_or(end, |expiry| expiry.min(end))), ..key.clone() }
}
