//! Audit entries of requests that were refused before a user was looked up.

use crate::model::{
    ActivityKind, ApplicationId, AuditDetail, AuditEntry, AuditHeader, CommandContext, Json,
    Operation, Salt,
};
use crate::rules::change_set::coalesced_id;

/// The audit entry of an operation that a key was refused. Its id is derived from key, operation and minute, so all
/// attempts within a minute, in any process, produce one entry; it describes the first attempt. It names no user, as
/// none was looked up.
#[must_use]
pub fn refusal_entry(
    application: ApplicationId,
    operation: Operation,
    context: &CommandContext,
) -> AuditEntry {
    let kind = ActivityKind::PermissionRefused;
    noted(application, operation, kind, Json::Null, context)
}

/// The audit entry of a call with `errors` refused reports and these reasons. It contains nothing of the reports. Like
/// [`refusal_entry`], it is written once a minute.
#[must_use]
pub fn refused_reports_entry(
    application: ApplicationId,
    operation: Operation,
    errors: usize,
    reasons: impl IntoIterator<Item = String>,
    context: &CommandContext,
) -> AuditEntry {
    let values = Json::object([
        ("errors", Json::count(errors as u64)),
        ("reasons", Json::strings(reasons)),
    ]);
    noted(
        application,
        operation,
        ActivityKind::ReportsRefused,
        values,
        context,
    )
}

fn noted(
    application: ApplicationId,
    operation: Operation,
    kind: ActivityKind,
    new_value: Json,
    context: &CommandContext,
) -> AuditEntry {
    let id = coalesced_id(None, kind, operation, context);
    AuditEntry {
        header: AuditHeader {
            id,
            application,
            user: None,
            at: context.at,
            actor_kind: context.actor.kind_str(),
            actor_key: context.actor.key_id(),
            actor_role: context.actor.role(),
            operation,
            kind,
            fields: Vec::new(),
            request_id: context.request_id.clone(),
        },
        detail: AuditDetail {
            vendor_data: None,
            actor: context.actor.clone(),
            comment: None,
            previous_status: None,
            new_status: None,
            trigger: None,
            about: Json::Null,
            overrides_verified: false,
            previous_value: Json::Null,
            new_value,
        },
        salt: Salt(context.derive_secret("salt", id.uuid().as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::{Actor, Environment, KeyId, KeyKind, KeyName, RequestId, Role, Timestamp};

    fn context(key: u128, at: &str, seed: u8) -> CommandContext {
        CommandContext {
            at: Timestamp::parse(at).unwrap(),
            seed: [seed; 32],
            actor: Actor::Key {
                id: KeyId::new(Uuid::from_u128(key)),
                name: KeyName::parse("key").unwrap(),
                kind: KeyKind::Role(Role::Reader),
                address: None,
            },
            request_id: RequestId::parse("r").unwrap(),
            environment: Environment::Live,
        }
    }

    #[test]
    fn refusals_are_one_entry_per_key_operation_and_minute() {
        let application = ApplicationId::new(Uuid::from_u128(1));
        let entry = |operation, key, at| {
            let seed = u8::try_from(key).unwrap();
            refusal_entry(application, operation, &context(key, at, seed))
        };
        let first = entry(Operation::DeleteUsers, 1, "2026-01-01T00:00:00Z");
        let again = refusal_entry(
            application,
            Operation::DeleteUsers,
            &context(1, "2026-01-01T00:00:59.999Z", 9),
        );
        assert_eq!(first.header.id, again.header.id);
        assert_ne!(first.salt, again.salt);
        for other in [
            entry(Operation::UpdateUser, 1, "2026-01-01T00:00:00Z"),
            entry(Operation::DeleteUsers, 2, "2026-01-01T00:00:00Z"),
            entry(Operation::DeleteUsers, 1, "2026-01-01T00:01:00Z"),
        ] {
            assert_ne!(other.header.id, first.header.id);
        }
        assert_eq!(first.header.actor_role, Some(Role::Reader));
        assert_eq!(first.header.user, None);
    }
}
