//! The changes of shown values, and the audit entries about them.

use crate::model::evidence::RiskEvent;
use crate::model::{FieldChange, Json, User, UserField};
use crate::rules::audit_draft::AuditDraft;
use crate::rules::shown_value::shown_in_record;
use crate::rules::{FieldEdit, shown_value};

/// The changes caused by edits. An override that equals the verified value changes only the provenance.
pub(super) fn by_edits(before: &User, after: &User, edits: &[FieldEdit]) -> Vec<FieldChange> {
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

pub(super) fn by_report(before: &User, after: &User) -> Vec<FieldChange> {
    let (before, after) = (&before.record, &after.record);
    let change = |field| changed(field, |record| shown_in_record(record, field), before, after);
    UserField::by_reports().filter_map(change).collect()
}

/// The change of a risk event; it appears in the event only.
pub(super) fn by_risk(event: &RiskEvent) -> FieldChange {
    FieldChange {
        field: UserField::Risk,
        previous: Json::Null,
        current: Json::String(event.kind.as_str().to_owned()),
    }
}

fn changed<T>(
    field: UserField,
    shown: impl Fn(&T) -> Option<Json>,
    before: &T,
    after: &T,
) -> Option<FieldChange> {
    let (previous, current) = (shown(before)?, shown(after)?);
    (previous != current).then_some(FieldChange { field, previous, current })
}

/// The draft of an entry about these changes.
pub(super) fn draft_of<'a>(changes: impl IntoIterator<Item = &'a FieldChange>) -> AuditDraft {
    let changes: Vec<&FieldChange> = changes.into_iter().collect();
    let values = |value: fn(&FieldChange) -> &Json| {
        Json::object(changes.iter().map(|change| (change.field.as_str(), value(change).clone())))
    };
    AuditDraft {
        fields: changes.iter().map(|change| change.field).collect(),
        values: (values(|change| &change.previous), values(|change| &change.current)),
        ..AuditDraft::default()
    }
}
