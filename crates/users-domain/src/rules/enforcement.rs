//! What a status allows (docs/API.md); requested by the services that run sessions and transactions.

use crate::model::{UserStatus, VendorData};

/// How a new verification session is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NewSession {
    /// It proceeds normally.
    Normal,
    /// An analyst reviews it, whatever its result.
    InReview,
    /// It is not created.
    Declined,
}

/// How a new transaction is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NewTransaction {
    /// It proceeds normally.
    Normal,
    /// An analyst reviews it.
    Escalate,
    /// It is not carried out.
    Declined,
}

impl NewSession {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::InReview => "in_review",
            Self::Declined => "declined",
        }
    }
}

impl NewTransaction {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Escalate => "escalate",
            Self::Declined => "declined",
        }
    }
}

/// What a user with this status may start. Unknown users are treated like active ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enforcement {
    /// How new sessions are handled.
    pub new_session: NewSession,
    /// How new transactions are handled.
    pub new_transaction: NewTransaction,
}

/// Returns what a status allows. Accepts a [`UserStatus`], or the `Option` that a lookup of the user returned: `None` if
/// the user does not exist.
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
    match status.into() {
        None | Some(UserStatus::Active) => {
            Enforcement { new_session: NewSession::Normal, new_transaction: NewTransaction::Normal }
        }
        Some(UserStatus::Flagged) => Enforcement {
            new_session: NewSession::InReview,
            new_transaction: NewTransaction::Escalate,
        },
        Some(UserStatus::Blocked) => Enforcement {
            new_session: NewSession::Declined,
            new_transaction: NewTransaction::Declined,
        },
    }
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
