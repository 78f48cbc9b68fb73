//! Audit entries about an application: requests that were refused before a user was looked up, and changes of settings.

use super::audit_draft::{AuditDraft, coalesced_id};
use crate::model::{
    ActivityKind, Application, ApplicationId, ApplicationSettings, AuditEntry, CommandContext,
    Json, Operation,
};

/// The audit entry of an operation that a key was refused; it names no user, as none was looked up. All attempts within
/// a minute, in any process, have one id derived from key, operation and minute.
pub fn refusal_entry(
    application: ApplicationId,
    operation: Operation,
    context: &CommandContext,
) -> AuditEntry {
    let kind = ActivityKind::PermissionRefused;
    noted(application, operation, kind, Json::Null, context)
}

/// The audit entry of a call with `errors` refused reports, without their content; also once a minute.
pub(crate) fn refused_reports_entry(
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
    let draft = AuditDraft { values: (Json::Null, new_value), ..AuditDraft::default() };
    draft.entry(id, (application, None), kind, operation, context, context.at)
}

/// The audit entry for changing the settings of `application` to `after`.
pub fn settings_entry(
    application: &Application,
    after: &ApplicationSettings,
    context: &CommandContext,
) -> AuditEntry {
    let changed = |shown: &ApplicationSettings, other: &ApplicationSettings| {
        let pairs = shown.values().into_iter().zip(other.values());
        Json::object(pairs.filter(|(a, b)| a != b).map(|(value, _)| value))
    };
    let values = (changed(&application.settings, after), changed(after, &application.settings));
    let (kind, operation) = (ActivityKind::SettingsChanged, Operation::ChangeSettings);
    let draft = AuditDraft { values, ..AuditDraft::default() };
    draft.of_application(application.id, kind, operation, context, ("settings", 0))
}

#[cfg(test)]
mod tests;
