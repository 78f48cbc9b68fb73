//! The results of reports in response bodies.

use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::evidence::ReportOutcome;
use users_domain::model::{UserId, UserRecord, UserStatus};
use users_domain::service::{IngestService, Reported};

use crate::http::error::FieldErrors;
use crate::http::text::{Text, Word, Words as _};

/// The outcome of a rejected report; the domain defines the other outcomes.
const ERROR: &str = "error";

/// The results, one for each item in order.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportResults")]
pub(super) struct ResultsBody {
    #[schemars(length(max = IngestService::MAX_REPORTS))]
    pub(super) results: Vec<ResultBody>,
    /// The number of items with the outcome `error`.
    #[schemars(range(max = IngestService::MAX_REPORTS))]
    pub(super) errors: usize,
}

/// The result of one item.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportResult", extend("additionalProperties" = false))]
pub(super) struct ResultBody {
    /// The outcome of the item. `applied`: the report is now the newest revision. `duplicate`: the report was known.
    /// `stale`: a newer revision was known. `error`: the report was rejected, and nothing of it is stored.
    #[schemars(extend("enum" = [ReportOutcome::all(), vec![ERROR]].concat()))]
    outcome: &'static str,
    /// The field errors; present only with the outcome `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "FieldErrors")]
    errors: Option<FieldErrors>,
    /// The names of members that could not be used as sent, such as `identity.issuing_state`: they were left out or
    /// shortened, or, for a time too far ahead, replaced by the current time. Absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    dropped: Vec<String>,
    /// The user after the report; absent if the user no longer exists, and with the outcome `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "UserBody")]
    user: Option<UserBody>,
}

impl ResultBody {
    pub(super) fn errors(errors: FieldErrors) -> Self {
        Self { outcome: ERROR, errors: Some(errors), dropped: Vec::new(), user: None }
    }

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

/// The user of a report.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportedUser")]
struct UserBody {
    didit_internal_id: Text<UserId>,
    vendor_data: String,
    status: Word<UserStatus>,
    #[schemars(range(min = 1))]
    version: u64,
}

impl From<UserRecord> for UserBody {
    fn from(user: UserRecord) -> Self {
        Self {
            didit_internal_id: Text(user.id),
            vendor_data: user.vendor_data.as_str().to_owned(),
            status: Word(user.status),
            version: user.version,
        }
    }
}
