//! What a status allows (docs/API.md); requested by the services that run sessions and transactions.

use crate::model::words::words;
use crate::model::{UserStatus, VendorData};

words!(
    /// How a new verification session is handled.
    NewSession {
        /// It proceeds normally.
        Normal = "normal",
        /// An analyst reviews it, whatever its result.
        InReview = "in_review",
        /// It is not created.
        Declined = "declined",
    }
);

words!(
    /// How a new transaction is handled.
    NewTransaction {
        /// It proceeds normally.
        Normal = "normal",
        /// An analyst reviews it.
        Escalate = "escalate",
        /// It is not carried out.
        Declined = "declined",
    }
);

/// What a user with this status may start. Unknown users are treated like active ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enforcement {
    /// How new sessions are handled.
    pub new_session: NewSession,
    /// How new transactions are handled.
    pub new_transaction: NewTransaction,
}

/// Returns what a status allows; for `None`, the result of looking up a user that does not exist, everything.
///
/// ```
/// use users_domain::model::UserStatus;
/// use users_domain::rules::enforcement::{NewSession, NewTransaction, enforcement};
///
/// assert_eq!(enforcement(UserStatus::Flagged).new_transaction, NewTransaction::Escalate);
/// assert_eq!(enforcement(None).new_session, NewSession::Normal);
/// ```
#[must_use]
pub fn enforcement(status: impl Into<Option<UserStatus>>) -> Enforcement {
    let (new_session, new_transaction) = match status.into() {
        None | Some(UserStatus::Active) => (NewSession::Normal, NewTransaction::Normal),
        Some(UserStatus::Flagged) => (NewSession::InReview, NewTransaction::Escalate),
        Some(UserStatus::Blocked) => (NewSession::Declined, NewTransaction::Declined),
    };
    Enforcement { new_session, new_transaction }
}

/// The error text that the session service returns for a declined session, for the field `vendor_data`.
pub const SESSION_DECLINED: &str =
    "This user or business has been blocked and cannot create new verification sessions.";

/// The error text that the transaction service returns for a declined transaction, for the field `vendor_data`.
#[must_use]
pub fn transaction_declined(vendor_data: &VendorData) -> String {
    format!(
        "The individual '{}' is in the blocklist and cannot participate in transactions.",
        vendor_data.as_str()
    )
}
