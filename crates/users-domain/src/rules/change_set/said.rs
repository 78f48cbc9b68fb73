//! What one audit entry says, and how it follows from fields that changed.

use crate::model::{FieldChange, Json, Reason, StatusTrigger, User, UserField, UserStatus};
use crate::rules::{FieldEdit, shown_value};

/// What an audit entry says beyond what all of one user's entries say.
#[derive(Default)]
pub(super) struct Said {
    pub(super) fields: Vec<UserField>,
    pub(super) reason: Option<Reason>,
    pub(super) statuses: (Option<UserStatus>, Option<UserStatus>),
    pub(super) trigger: Option<StatusTrigger>,
    pub(super) overrides_verified: bool,
    pub(super) values: Option<(Json, Json)>,
}

pub(super) fn field_change(before: &User, after: &User, edit: &FieldEdit) -> Option<FieldChange> {
    let field = edit.field();
    let (previous, current) = (shown_value(before, field)?, shown_value(after, field)?);
    (previous != current).then_some(FieldChange {
        field,
        previous,
        current,
    })
}

pub(super) fn values_of<'a>(changes: impl IntoIterator<Item = &'a FieldChange>) -> Said {
    let changes: Vec<&FieldChange> = changes.into_iter().collect();
    Said {
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
        ..Said::default()
    }
}
