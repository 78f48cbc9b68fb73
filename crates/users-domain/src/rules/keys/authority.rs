//! Which actors may create, change and revoke which keys, in addition to the role matrix.

use crate::model::{Actor, ApiKey, KeyKind, Operation, Role};
use crate::rules::role_matrix::permits;

/// Whether the actor may create, change and rotate keys of this kind. Service keys are managed by operators only.
pub(crate) fn may_handle(actor: &Actor, kind: KeyKind) -> bool {
    match (actor, kind) {
        (Actor::System, _) => true,
        (Actor::Key { .. }, KeyKind::Service) => false,
        (Actor::Key { .. }, KeyKind::Role(role)) => match actor.role() {
            Some(Role::Owner) => true,
            Some(Role::Admin) => role != Role::Owner,
            Some(Role::ComplianceOfficer | Role::Developer | Role::Reader) | None => false,
        },
    }
}

/// Whether the actor may revoke keys of this kind: an OWNER also a leaked service key, without the command line.
pub(crate) fn may_end(actor: &Actor, kind: KeyKind) -> bool {
    may_handle(actor, kind) || actor.role() == Some(Role::Owner)
}

/// Whether the key `actor`, which manages keys, may give these values to another key. A key that may manage keys gets
/// no later expiry, other networks or higher limits than the acting key has, or than it had itself before if it could
/// already manage keys. So no key can widen its own bounds, directly or through another key.
pub(super) fn may_give(actor: &ApiKey, before: Option<&ApiKey>, after: &ApiKey) -> bool {
    if !permits(after.kind, Operation::ManageKeys) {
        return true;
    }
    let beyond_actor = beyond(after, actor);
    let managed = before.filter(|before| permits(before.kind, Operation::ManageKeys));
    let beyond_before = managed.map_or([true; 4], |before| beyond(after, before));
    let gained = beyond_actor.into_iter().zip(beyond_before);
    !gained.into_iter().any(|(actor, before)| actor && before)
}

/// For each bound (expiry, networks, read limit, write limit): whether `key` exceeds `other`.
fn beyond(key: &ApiKey, other: &ApiKey) -> [bool; 4] {
    // No limit and the default limit both count as the highest limit.
    let limit = |limit: Option<u32>| limit.filter(|limit| *limit > 0).unwrap_or(u32::MAX);
    let (limits, others) = (&key.limits, &other.limits);
    [
        other.expires_at.is_some_and(|end| key.expires_at.is_none_or(|at| at > end)),
        !key.allowed_ips.is_within(&other.allowed_ips),
        limit(limits.reads_per_minute) > limit(others.reads_per_minute),
        limit(limits.writes_per_minute) > limit(others.writes_per_minute),
    ]
}

#[cfg(test)]
mod tests;
