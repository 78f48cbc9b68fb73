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
    let values =
        Json::object([("errors", Json::count(errors as u64)), ("reasons", Json::strings(reasons))]);
    noted(application, operation, ActivityKind::ReportsRefused, values, context)
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
mod tests;
