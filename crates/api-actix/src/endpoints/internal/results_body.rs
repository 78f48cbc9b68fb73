//! The results of reports in response bodies.

use serde::Serialize;
use users_domain::model::{UserId, UserRecord};
use users_domain::service::Reported;

use crate::http::error::FieldErrors;
use crate::http::text::Text;

/// The outcome of a rejected report; the domain defines the other outcomes.
pub(crate) const ERROR: &str = "error";

/// One result per item, in the order of the items.
#[derive(Serialize)]
pub(super) struct ResultsBody {
    pub(super) results: Vec<ResultBody>,
    /// The number of rejected items.
    pub(super) errors: usize,
}

/// The result of one report.
#[derive(Serialize)]
pub(super) struct ResultBody {
    outcome: &'static str,
    /// Present if the report was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<FieldErrors>,
    /// Present if parts of the report were not usable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dropped: Vec<String>,
    /// Present if the report was accepted, unless the user no longer exists.
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

    /// The errors of a rejected report.
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

impl From<UserRecord> for UserBody {
    fn from(user: UserRecord) -> Self {
        Self {
            didit_internal_id: Text(user.id),
            vendor_data: user.vendor_data.as_str().to_owned(),
            status: user.status.as_str(),
            version: user.version,
        }
    }
}
