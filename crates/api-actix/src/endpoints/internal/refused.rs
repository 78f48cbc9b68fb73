//! The error messages for reports that the rules reject.

use users_domain::rules::Rejection;

use crate::http::error::{ApiError, FieldErrors, NON_FIELD_ERRORS};

/// The messages for one kind of report.
pub(super) struct Refused {
    /// The item belongs to another user.
    another_users: &'static str,
    /// The field of an item that was reported before with other content, and its message.
    conflict: (&'static str, &'static str),
}

const REVISION: (&str, &str) =
    ("revision", "This revision was reported before with other content.");

pub(super) const SESSION: Refused = Refused {
    another_users: "By its id, this session belongs to another user.",
    conflict: REVISION,
};

pub(super) const TRANSACTION: Refused = Refused {
    another_users: "By its id, this transaction belongs to another user.",
    conflict: REVISION,
};

pub(super) const RISK_EVENT: Refused = Refused {
    another_users: "By its id, this risk event belongs to another user.",
    conflict: ("event_id", "This risk event was reported before with other content."),
};

impl Refused {
    /// The errors of a rejection, by field.
    pub(super) fn errors(&self, rejection: Rejection) -> FieldErrors {
        match rejection {
            Rejection::EvidenceOfAnotherUser => FieldErrors::of("vendor_data", self.another_users),
            Rejection::ReportConflict => {
                let (field, message) = self.conflict;
                FieldErrors::of(field, message)
            }
            Rejection::UserNotFound => {
                FieldErrors::of("vendor_data", "There is no user with this vendor_data.")
            }
            other => {
                let error = ApiError::from(other);
                let whole = || FieldErrors::of(NON_FIELD_ERRORS, error.detail());
                error.fields().unwrap_or_else(whole)
            }
        }
    }
}
