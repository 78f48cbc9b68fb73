//! Who may make and touch which keys, beyond what the role matrix says.

use crate::model::{Actor, KeyKind, Role};

/// Whether this actor may make, change and rotate keys of this kind. An ADMIN does so with every role but OWNER; keys of
/// services are handled on the command line alone.
#[must_use]
pub fn may_handle(actor: &Actor, kind: KeyKind) -> bool {
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

/// Whether this actor may revoke keys of this kind: those it may handle, and an OWNER those of services too, as a leaked
/// key cannot wait for somebody with a shell.
#[must_use]
pub fn may_end(actor: &Actor, kind: KeyKind) -> bool {
    may_handle(actor, kind) || actor.role() == Some(Role::Owner)
}
