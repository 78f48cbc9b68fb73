//! What came of reports, as the API shows it.

use serde::Serialize;
use users_domain::model::UserId;
use users_domain::service::{Reported, ReportedUser};

use crate::error::FieldErrors;
use crate::text::Text;

/// The outcome of a report that was refused; the others are words of the domain.
pub(crate) const ERROR: &str = "error";

/// One result per item, in the order of the items.
#[derive(Serialize)]
pub(super) struct ResultsBody {
    pub(super) results: Vec<ResultBody>,
    /// How many of the items were refused.
    pub(super) errors: usize,
}

/// What came of one report.
#[derive(Serialize)]
pub(super) struct ResultBody {
    outcome: &'static str,
    /// There where the report was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<FieldErrors>,
    /// There where some of the report could not be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dropped: Vec<String>,
    /// There where the report was not refused, unless the user is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserBody>,
}

impl ResultBody {
    pub(super) fn errors(errors: FieldErrors) -> Self {
        Self {
            outcome: ERROR,
            errors: Some(errors),
            dropped: Vec::new(),
            user: None,
        }
    }

    /// What is wrong, where the report was refused.
    pub(super) const fn error(&self) -> Option<&FieldErrors> {
        self.errors.as_ref()
    }

    pub(super) fn reported(reported: Reported, dropped: Vec<String>) -> Self {
        Self {
            outcome: reported.receipt.as_str(),
            errors: None,
            dropped,
            user: reported.user.map(UserBody::from),
        }
    }
}

/// The user after the report.
#[derive(Serialize)]
struct UserBody {
    didit_internal_id: Text<UserId>,
    vendor_data: String,
    status: &'static str,
    version: u64,
}

impl From<ReportedUser> for UserBody {
    fn from(user: ReportedUser) -> Self {
        Self {
            didit_internal_id: Text(user.id),
            vendor_data: user.vendor_data.as_str().to_owned(),
            status: user.status.as_str(),
            version: user.version,
        }
    }
}
