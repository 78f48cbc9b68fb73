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

impl AuditDraft {
    /// The draft of an entry about one field.
    pub(super) fn of(field: UserField) -> Self {
        Self { fields: vec![field], ..Self::default() }
    }
}

/// The changes of shown values caused by edits. An override that equals the verified value changes only the provenance.
pub(super) fn field_changes(before: &User, after: &User, edits: &[FieldEdit]) -> Vec<FieldChange> {
    let change = |field| changed(field, |user| shown_value(user, field), before, after);
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

/// The change of a shown value, if it changed.
pub(super) fn changed<T>(
    field: UserField,
    shown: impl Fn(&T) -> Option<Json>,
    before: &T,
    after: &T,
) -> Option<FieldChange> {
    let (previous, current) = (shown(before)?, shown(after)?);
    (previous != current).then_some(FieldChange { field, previous, current })
}

pub(super) fn values_of<'a>(changes: impl IntoIterator<Item = &'a FieldChange>) -> AuditDraft {
    let changes: Vec<&FieldChange> = changes.into_iter().collect();
    AuditDraft {
        fields: changes.iter().map(|change| change.field).collect(),
        values: Some((
            by_field(&changes, |change| &change.previous),
            by_field(&changes, |change| &change.current),
        )),
        ..AuditDraft::default()
    }
}

fn by_field(changes: &[&FieldChange], value: fn(&FieldChange) -> &Json) -> Json {
    let member = |change: &&FieldChange| (change.field.as_str(), value(change).clone());
    Json::object(changes.iter().map(member))
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
