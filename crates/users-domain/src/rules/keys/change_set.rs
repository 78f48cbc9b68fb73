//! A change of keys with its audit entries, which obeys the rules about all keys of the application.

use super::authority::may_give;
use super::{KeyFacts, KeyOutcome, KeyRejection};
use crate::model::{
    ActivityKind, Actor, ApiKey, AuditEntry, CommandContext, Json, KeyKind, KeyState, Network,
    Operation, Role, Timestamp,
};
use crate::rules::audit_draft::AuditDraft;

/// A key change and its audit entries, which are written atomically.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChangeSet {
    write: KeyWrite,
    audit: Vec<AuditEntry>,
}

/// The rows to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyWrite {
    /// A new key.
    Add(ApiKey),
    /// An existing key changes from `before` to `after`.
    Change { before: ApiKey, after: ApiKey },
    /// An existing key changes, and the new key `by` replaces it.
    Replace { before: ApiKey, after: ApiKey, by: Box<ApiKey> },
}

impl KeyChangeSet {
    /// Checks a requested change against all other keys.
    pub(super) fn decided(
        write: KeyWrite,
        facts: &KeyFacts,
        context: &CommandContext,
    ) -> Result<KeyOutcome, KeyRejection> {
        let audit = write.entries(context);
        let set = Self { write, audit };
        set.check(facts, context)?;
        Ok(KeyOutcome::Changed(Box::new(set)))
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

    /// The existing key after the change. Its id, digest, prefix, creation time and time of last use stay the same.
    #[must_use]
    pub const fn changed(&self) -> Option<&ApiKey> {
        match &self.write {
            KeyWrite::Add(_) => None,
            KeyWrite::Change { after, .. } | KeyWrite::Replace { after, .. } => Some(after),
        }
    }

    /// Audit entries to write; at least one.
    pub fn audit(&self) -> &[AuditEntry] {
        &self.audit
    }

    /// Checks the rules about all keys. Only the operator, who can create another, may remove the last OWNER key.
    fn check(&self, facts: &KeyFacts, context: &CommandContext) -> Result<(), KeyRejection> {
        if let Actor::Key { id, kind, .. } = &context.actor {
            // The acting key may have ended or changed its role since the lookup.
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
            owner_key_coverage(after) < owner_key_coverage(facts.live.iter().filter(counts))
        };
        // A key that does not accept the caller's address may not be usable from any address.
        let here = |key: &&ApiKey| key.allowed_ips.admits(context.actor.address());
        if context.actor != Actor::System && (shortened(&|_| true) || shortened(&here)) {
            return Err(KeyRejection::LastOwner);
        }
        Ok(())
    }

    fn live_after<'a>(&'a self, facts: &'a KeyFacts, at: Timestamp) -> Vec<&'a ApiKey> {
        let changed = self.changed();
        let untouched =
            facts.live.iter().filter(|key| changed.is_none_or(|changed| changed.id != key.id));
        let written = [changed, self.added()].into_iter().flatten();
        untouched.chain(written.filter(|key| key.state(at) == KeyState::Valid)).collect()
    }
}

impl KeyWrite {
    fn is_given_by(&self, actor: &ApiKey) -> bool {
        match self {
            Self::Add(key) => may_give(actor, None, key),
            Self::Change { before, after } => may_give(actor, Some(before), after),
            // The caller who rotates a key receives the new one.
            Self::Replace { by, .. } => may_give(actor, None, by),
        }
    }

    fn entries(&self, context: &CommandContext) -> Vec<AuditEntry> {
        match self {
            Self::Add(key) => vec![added(key, context, 0)],
            Self::Change { before, after } => {
                let kind = if after.revoked_at == before.revoked_at {
                    ActivityKind::KeyChanged
                } else {
                    ActivityKind::KeyRevoked
                };
                vec![changed(before, after, named(before), kind, context)]
            }
            Self::Replace { before, after, by } => {
                let mut about = named(before);
                about.push(("replaced_by", Json::optional_string(Some(by.id))));
                let kind = ActivityKind::KeyRotated;
                let entry = changed(before, after, about, kind, context);
                vec![entry, added(by, context, 1)]
            }
        }
    }
}

/// Until when some OWNER key of `live` is accepted, without end as the greatest value; `None` without such a key.
fn owner_key_coverage<'a>(
    live: impl Iterator<Item = &'a ApiKey>,
) -> Option<(bool, Option<Timestamp>)> {
    live.filter(|key| key.kind == KeyKind::Role(Role::Owner))
        .map(|key| (key.ends_at().is_none(), key.ends_at()))
        .max()
}

/// The audit entry of an imported key, whose secret the operator supplies.
pub fn imported(key: &ApiKey, context: &CommandContext) -> AuditEntry {
    added(key, context, 0)
}

fn added(key: &ApiKey, context: &CommandContext, index: u64) -> AuditEntry {
    let values = (Json::Null, Json::object(values(key)));
    entry(key, ActivityKind::KeyCreated, named(key), values, context, index)
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
    entry(before, kind, about, (Json::object(previous), Json::object(new)), context, 0)
}

fn entry(
    key: &ApiKey,
    kind: ActivityKind,
    about: Vec<(&'static str, Json)>,
    values: (Json, Json),
    context: &CommandContext,
    index: u64,
) -> AuditEntry {
    let draft = AuditDraft { about: Json::object(about), values, ..AuditDraft::default() };
    let label = ("keys", index);
    draft.of_application(key.application, kind, Operation::ManageKeys, context, label)
}

fn named(key: &ApiKey) -> Vec<(&'static str, Json)> {
    vec![
        ("api_key", Json::optional_string(Some(key.id))),
        ("name", Json::String(key.name.as_str().to_owned())),
    ]
}

/// The changeable values of a key, by their names in the API.
fn values(key: &ApiKey) -> [(&'static str, Json); 7] {
    let limit = |limit: Option<u32>| limit.map_or(Json::Null, |limit| Json::count(limit.into()));
    [
        ("name", Json::String(key.name.as_str().to_owned())),
        ("role", Json::optional_string(key.kind.role().map(Role::as_str))),
        ("expires_at", Json::optional_string(key.expires_at)),
        ("revoked_at", Json::optional_string(key.revoked_at)),
        ("allowed_ips", Json::strings(key.allowed_ips.networks().iter().map(Network::to_string))),
        ("rate_limit_get_per_minute", limit(key.limits.reads_per_minute)),
        ("rate_limit_write_per_minute", limit(key.limits.writes_per_minute)),
    ]
}
