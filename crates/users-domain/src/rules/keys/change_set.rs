//! A change of keys with what it leaves in writing. Cannot be built without its audit entries, nor against the rules that
//! look at all keys of the application.

use super::authority::may_give;
use super::owner_key_coverage::OwnerKeyCoverage;
use super::{KeyFacts, KeyOutcome, KeyRejection};
use crate::model::{
    ActivityKind, Actor, ApiKey, AuditEntry, CommandContext, Json, KeyState, Network, Operation,
    Role, Timestamp,
};
use crate::rules::application_entry::ApplicationEntry;

/// What is to be written, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChangeSet {
    write: KeyWrite,
    audit: Vec<AuditEntry>,
}

/// Which rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyWrite {
    /// A new key.
    Add(ApiKey),
    /// A key that is as `after` from now on.
    Change { before: ApiKey, after: ApiKey },
    /// The same, with a new key that takes its place.
    Replace {
        before: ApiKey,
        after: ApiKey,
        by: Box<ApiKey>,
    },
}

impl KeyChangeSet {
    /// What comes of a change that is wished for, beside all other keys.
    pub(super) fn decided(
        write: KeyWrite,
        kind: ActivityKind,
        facts: &KeyFacts,
        context: &CommandContext,
    ) -> KeyOutcome {
        let set = Self {
            audit: write.entries(kind, context),
            write,
        };
        match set.check(facts, context) {
            Ok(()) => KeyOutcome::Changed(Box::new(set)),
            Err(rejection) => KeyOutcome::Refused(rejection),
        }
    }

    /// The new key.
    #[must_use]
    pub fn added(&self) -> Option<&ApiKey> {
        match &self.write {
            KeyWrite::Add(key) => Some(key),
            KeyWrite::Replace { by, .. } => Some(by),
            KeyWrite::Change { .. } => None,
        }
    }

    /// The key that was there before, as it is from now on. Its id, digest, prefix and times of making and last use are
    /// those it had.
    #[must_use]
    pub const fn changed(&self) -> Option<&ApiKey> {
        match &self.write {
            KeyWrite::Add(_) => None,
            KeyWrite::Change { after, .. } | KeyWrite::Replace { after, .. } => Some(after),
        }
    }

    /// What is entered into the audit trail; at least one entry.
    #[must_use]
    pub fn audit(&self) -> &[AuditEntry] {
        &self.audit
    }

    /// The operator may do what would lock callers out of the API: the command line makes another OWNER key.
    fn check(&self, facts: &KeyFacts, context: &CommandContext) -> Result<(), KeyRejection> {
        if let Actor::Key { id, kind, .. } = &context.actor {
            // It may have ended, or been given another role, since it was looked up.
            let mut live = facts.live.iter();
            let actor = live.find(|key| key.id == *id && key.kind == *kind);
            if !actor.is_some_and(|actor| self.write.is_given_by(actor)) {
                return Err(KeyRejection::Forbidden);
            }
        }
        let after = self.live_after(facts, context.at);
        if after.len() > facts.live.len() && after.len() > ApiKey::MAX_LIVE {
            return Err(KeyRejection::TooMany);
        }
        let shortened = |counts: &dyn Fn(&&ApiKey) -> bool| {
            let after = after.iter().copied().filter(counts);
            OwnerKeyCoverage::of(after) < OwnerKeyCoverage::of(facts.live.iter().filter(counts))
        };
        // A key that is not accepted from here may be accepted from nowhere.
        let here = |key: &&ApiKey| key.allowed_ips.admits(context.actor.address());
        if context.actor != Actor::System && (shortened(&|_| true) || shortened(&here)) {
            return Err(KeyRejection::LastOwner);
        }
        Ok(())
    }

    fn live_after<'a>(&'a self, facts: &'a KeyFacts, at: Timestamp) -> Vec<&'a ApiKey> {
        let changed = self.changed();
        let untouched = facts
            .live
            .iter()
            .filter(|key| changed.is_none_or(|changed| changed.id != key.id));
        let written = [changed, self.added()].into_iter().flatten();
        untouched
            .chain(written.filter(|key| key.state(at) == KeyState::Valid))
            .collect()
    }
}

impl KeyWrite {
    fn is_given_by(&self, actor: &ApiKey) -> bool {
        match self {
            Self::Add(key) => may_give(actor, None, key),
            Self::Change { before, after } => may_give(actor, Some(before), after),
            // Whoever rotates a key has the new one.
            Self::Replace { by, .. } => may_give(actor, None, by),
        }
    }

    fn entries(&self, kind: ActivityKind, context: &CommandContext) -> Vec<AuditEntry> {
        match self {
            Self::Add(key) => vec![added(key, context, 0)],
            Self::Change { before, after } => {
                vec![changed(before, after, named(before), kind, context)]
            }
            Self::Replace { before, after, by } => {
                let about = named(before)
                    .into_iter()
                    .chain([("replaced_by", Json::optional_string(Some(by.id)))])
                    .collect();
                vec![
                    changed(before, after, about, kind, context),
                    added(by, context, 1),
                ]
            }
        }
    }
}

/// The audit entry of a key that is taken in as it is, with a secret that the operator brings.
#[must_use]
pub fn imported(key: &ApiKey, context: &CommandContext) -> AuditEntry {
    added(key, context, 0)
}

const LABEL: &str = "keys";

fn added(key: &ApiKey, context: &CommandContext, index: u64) -> AuditEntry {
    let entry = ApplicationEntry {
        application: key.application,
        operation: Operation::ManageKeys,
        kind: ActivityKind::KeyCreated,
        about: Json::object(named(key)),
        previous_value: Json::Null,
        new_value: Json::object(values(key)),
    };
    entry.stamped(context, LABEL, index)
}

fn changed(
    before: &ApiKey,
    after: &ApiKey,
    about: Vec<(&'static str, Json)>,
    kind: ActivityKind,
    context: &CommandContext,
) -> AuditEntry {
    let pairs = values(before).into_iter().zip(values(after));
    let (previous, new): (Vec<_>, Vec<_>) = pairs.filter(|(a, b)| a != b).unzip();
    let entry = ApplicationEntry {
        application: before.application,
        operation: Operation::ManageKeys,
        kind,
        about: Json::object(about),
        previous_value: Json::object(previous),
        new_value: Json::object(new),
    };
    entry.stamped(context, LABEL, 0)
}

/// Which key, as it was called.
fn named(key: &ApiKey) -> Vec<(&'static str, Json)> {
    vec![
        ("api_key", Json::optional_string(Some(key.id))),
        ("name", Json::String(key.name.as_str().to_owned())),
    ]
}

/// What can be said about a key and changed, by the names of the API.
fn values(key: &ApiKey) -> [(&'static str, Json); 7] {
    let limit = |limit: Option<u32>| limit.map_or(Json::Null, |limit| Json::count(limit.into()));
    [
        ("name", Json::String(key.name.as_str().to_owned())),
        (
            "role",
            Json::optional_string(key.kind.role().map(Role::as_str)),
        ),
        ("expires_at", Json::optional_string(key.expires_at)),
        ("revoked_at", Json::optional_string(key.revoked_at)),
        (
            "allowed_ips",
            Json::strings(key.allowed_ips.networks().iter().map(Network::to_string)),
        ),
        (
            "rate_limit_get_per_minute",
            limit(key.limits.reads_per_minute),
        ),
        (
            "rate_limit_write_per_minute",
            limit(key.limits.writes_per_minute),
        ),
    ]
}
