//! The header of an audit entry, the parts that differ from entry to entry, and their derivation from field changes.

use crate::model::{
    ActivityKind, AuditHeader, AuditId, CommandContext, FieldChange, Json, Operation,
    StatusTrigger, Timestamp, User, UserField, UserStatus,
};
use crate::rules::{FieldEdit, shown_value};

/// The parts of an audit entry that differ between the entries of one change.
#[derive(Default)]
pub(super) struct AuditDraft {
    pub(super) fields: Vec<UserField>,
    pub(super) comment: Option<String>,
    pub(super) statuses: (Option<UserStatus>, Option<UserStatus>),
    pub(super) trigger: Option<StatusTrigger>,
    pub(super) overrides_verified: bool,
    pub(super) values: Option<(Json, Json)>,
}

/// The changes of shown values caused by edits. An override that equals the verified value changes only the provenance.
pub(super) fn field_changes(before: &User, after: &User, edits: &[FieldEdit]) -> Vec<FieldChange> {
    let change = |field| {
        let (previous, current) = (shown_value(before, field)?, shown_value(after, field)?);
        (previous != current).then_some(FieldChange {
            field,
            previous,
            current,
        })
    };
    let mut changes = Vec::new();
    for edit in edits {
        let mut found = change(edit.field());
        if edit.overrides_verified() {
            found = found.or_else(|| change(UserField::Provenance));
        }
        changes.extend(found.filter(|found| !changes.contains(found)));
    }
    changes
}

pub(super) fn values_of<'a>(changes: impl IntoIterator<Item = &'a FieldChange>) -> AuditDraft {
    let changes: Vec<&FieldChange> = changes.into_iter().collect();
    AuditDraft {
        fields: changes.iter().map(|change| change.field).collect(),
        values: Some((
            Json::object(
                changes
                    .iter()
                    .map(|change| (change.field.as_str(), change.previous.clone())),
            ),
            Json::object(
                changes
                    .iter()
                    .map(|change| (change.field.as_str(), change.current.clone())),
            ),
        )),
        ..AuditDraft::default()
    }
}

pub(super) fn header(
    id: AuditId,
    user: &User,
    kind: ActivityKind,
    fields: Vec<UserField>,
    operation: Operation,
    context: &CommandContext,
    at: Timestamp,
) -> AuditHeader {
    AuditHeader {
        id,
        application: user.record.application,
        user: Some(user.record.id),
        at,
        actor_kind: context.actor.kind_str(),
        actor_key: context.actor.key_id(),
        actor_role: context.actor.role(),
        operation,
        kind,
        fields,
        request_id: context.request_id.clone(),
    }
}
