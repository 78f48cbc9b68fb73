//! What a decision can say.

use thiserror::Error;

use super::ChangeSet;
use crate::model::evidence::{EvidenceChange, ReportOutcome};
use crate::model::{
    AuditEntry, InvalidValue, StatusTrigger, UserField, UserId, UserStatus, VendorData,
};

/// What is to be done, and what is to be noted beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What is to be done.
    pub outcome: Outcome,
    /// Refused or ignored attempts. They change nothing of the user and bump no version.
    pub notes: Vec<AuditEntry>,
    /// What came of a report, where the decision is about one and does not refuse it.
    pub receipt: Option<ReportOutcome>,
    /// Whether a reason was given for a status that the user has already: nothing is recorded that it could be of.
    pub reason_is_unused: bool,
}

impl From<Outcome> for Decision {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            notes: Vec::new(),
            receipt: None,
            reason_is_unused: false,
        }
    }
}

impl From<Rejection> for Decision {
    fn from(rejection: Rejection) -> Self {
        Outcome::Refused(rejection).into()
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Write this.
    Changed(Box<ChangeSet>),
    /// Nothing: the user is already as asked.
    Unchanged,
    /// Nothing: it may not be done.
    Refused(Rejection),
    /// The user is gone. Keep this with what remains of it, if anything is new.
    EvidenceOnly(Option<Box<EvidenceOnly>>),
    /// Decide again, with [`Facts::history`](super::Facts::history).
    NeedsHistory,
}

/// A kept row of a deleted user, as it is to be from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceOnly {
    /// Whose.
    pub owner: UserId,
    /// What.
    pub change: EvidenceChange,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// There is no such user.
    #[error("there is no such user")]
    UserNotFound,
    /// The `vendor_data` belongs to a user.
    #[error("the vendor_data is taken")]
    VendorDataTaken,
    /// The user is not as the caller last saw it.
    #[error("the user is at another version")]
    VersionMismatch,
    /// The user is under legal hold.
    #[error("the user is under legal hold")]
    UnderLegalHold {
        /// What the client calls it.
        vendor_data: VendorData,
    },
    /// What was kept of the user is to be erased by now.
    #[error("the retention of the user is over")]
    RetentionOver,
    /// The status machine refuses.
    #[error("{trigger:?} may not move a user from {from:?} to {to:?}")]
    TransitionRefused {
        /// The status the user has.
        from: UserStatus,
        /// The status asked for.
        to: UserStatus,
        /// What asked.
        trigger: StatusTrigger,
    },
    /// The session, transaction or risk event is another user's.
    #[error("what was reported belongs to another user")]
    EvidenceOfAnotherUser,
    /// The same revision, or the same risk event, was reported with other content.
    #[error("the same was reported with other content")]
    ReportConflict,
    /// A value turned out invalid only beside what is stored.
    #[error("{field:?}: {reason}")]
    InvalidField {
        /// Which.
        field: UserField,
        /// Why.
        reason: InvalidValue,
    },
}
