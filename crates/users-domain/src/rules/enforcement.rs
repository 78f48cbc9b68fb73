//! What a status allows (docs/API.md): asked by the services that run sessions and transactions.

use crate::model::{UserStatus, VendorData};

/// What becomes of a new verification session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NewSession {
    /// It takes its course.
    Normal,
    /// An analyst decides it, whatever it finds.
    InReview,
    /// It is not made.
    Declined,
}

/// What becomes of a new transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NewTransaction {
    /// It takes its course.
    Normal,
    /// An analyst decides it.
    Escalate,
    /// It is not carried out.
    Declined,
}

impl NewSession {
    /// The word of the API.
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
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Escalate => "escalate",
            Self::Declined => "declined",
        }
    }
}

/// What a user of this status may begin. A user that is not known is as free as an active one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enforcement {
    /// Sessions.
    pub new_session: NewSession,
    /// Transactions.
    pub new_transaction: NewTransaction,
}

/// What a status allows.
#[must_use]
pub const fn enforcement(status: UserStatus) -> Enforcement {
    match status {
        UserStatus::Active => Enforcement {
            new_session: NewSession::Normal,
            new_transaction: NewTransaction::Normal,
        },
        UserStatus::Flagged => Enforcement {
            new_session: NewSession::InReview,
            new_transaction: NewTransaction::Escalate,
        },
        UserStatus::Blocked => Enforcement {
            new_session: NewSession::Declined,
            new_transaction: NewTransaction::Declined,
        },
    }
}

/// What the service of sessions tells its caller about a declined one, as the text of the field `vendor_data`.
pub const SESSION_DECLINED: &str =
    "This user or business has been blocked and cannot create new verification sessions.";

/// What the service of transactions tells its caller about a declined one, as the text of the field `vendor_data`.
#[must_use]
pub fn transaction_declined(vendor_data: &VendorData) -> String {
    format!(
        "The individual '{}' is in the blocklist and cannot participate in transactions.",
        vendor_data.as_str()
    )
}
