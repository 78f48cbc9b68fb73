//! Audit entries of attempts that change nothing.

use super::audit_draft::header;
use crate::model::{
    ActivityKind, AuditDetail, AuditEntry, AuditId, CommandContext, Json, Operation, Salt, User,
    UserField, UserId, UserStatus,
};

/// The audit entry of a refused or ignored attempt. Its id is derived from key, operation, user and minute, so repeated
/// attempts produce one entry.
pub(in crate::rules) fn refused_attempt(
    user: &User,
    kind: ActivityKind,
    fields: Vec<UserField>,
    new_value: Json,
    statuses: (Option<UserStatus>, Option<UserStatus>),
    operation: Operation,
    context: &CommandContext,
) -> AuditEntry {
    let id = coalesced_id(Some(user.record.id), kind, operation, context);
    AuditEntry {
        header: header(id, user, kind, fields, operation, context, context.at),
        detail: AuditDetail {
            vendor_data: Some(user.record.vendor_data.clone()),
            actor: context.actor.clone(),
            comment: None,
            previous_status: statuses.0,
            new_status: statuses.1,
            trigger: None,
            about: Json::Null,
            overrides_verified: false,
            previous_value: Json::Null,
            new_value,
        },
        salt: Salt(context.derive_secret("salt", id.uuid().as_bytes())),
    }
}

/// The id shared by all attempts of one kind within a minute, derived from key, operation and, if there is one, user.
pub(in crate::rules) fn coalesced_id(
    user: Option<UserId>,
    kind: ActivityKind,
    operation: Operation,
    context: &CommandContext,
) -> AuditId {
    let mut subject = user.map_or([0; 16], |user| user.uuid().into_bytes()).to_vec();
    subject.extend(context.actor.key_id().map_or([0; 16], |key| key.uuid().into_bytes()));
    subject.extend(operation.as_str().as_bytes());
    let minute =
        CommandContext { at: context.at.start_of_minute(), seed: [0; 32], ..context.clone() };
    AuditId::new(minute.derive_uuid(kind.as_str(), &subject, 0))
}
