//! What one audit entry says, and how it follows from fields that changed.

use crate::model::{FieldChange, Json, StatusTrigger, User, UserField, UserStatus};
use crate::rules::{FieldEdit, shown_value};

/// What an audit entry says beyond what all of one user's entries say.
#[derive(Default)]
pub(super) struct AuditDraft {
    pub(super) fields: Vec<UserField>,
    pub(super) comment: Option<String>,
    pub(super) statuses: (Option<UserStatus>, Option<UserStatus>),
    pub(super) trigger: Option<StatusTrigger>,
    pub(super) overrides_verified: bool,
    pub(super) values: Option<(Json, Json)>,
}

/// What edits change of what is shown. An override that says what is verified as well leaves only where that comes from.
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
