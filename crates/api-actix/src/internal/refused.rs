//! What is told about a report that the rules refuse.

use users_domain::rules::Rejection;

use crate::error::{ApiError, FieldErrors, NON_FIELD_ERRORS};

/// The words for one kind of report.
pub(super) struct Refused {
    /// What was reported is known, as somebody else's.
    another_users: &'static str,
    /// The field that names what was reported twice with other content, and what is told there.
    conflict: (&'static str, &'static str),
}

const REVISION: (&str, &str) = (
    "revision",
    "This revision was reported before with other content.",
);

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
    conflict: (
        "event_id",
        "This risk event was reported before with other content.",
    ),
};

impl Refused {
    /// What is told, by field.
    pub(super) fn errors(&self, rejection: Rejection) -> FieldErrors {
        match rejection {
            Rejection::EvidenceOfAnotherUser => FieldErrors::of("vendor_data", self.another_users),
            Rejection::ReportConflict => {
                let (field, told) = self.conflict;
                FieldErrors::of(field, told)
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
