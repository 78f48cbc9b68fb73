//! The results of a decision.

use thiserror::Error;

use super::ChangeSet;
use crate::model::evidence::{EvidenceChange, ReportOutcome};
use crate::model::{
    AuditEntry, InvalidValue, StatusTrigger, UserField, UserId, UserStatus, VendorData,
};

/// The result of a decision: its outcome, and attempts to record in the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The outcome for the user.
    pub outcome: Outcome,
    /// Audit entries of refused or ignored attempts. They neither change the user nor increase its version.
    pub notes: Vec<AuditEntry>,
    /// The outcome of a report; `None` if the decision is not about a report or refuses it.
    pub receipt: Option<ReportOutcome>,
    /// Whether a reason was sent for a status that the user already has. Such a reason is not recorded.
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

/// The outcome of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Write this change set.
    Changed(Box<ChangeSet>),
    /// The user already has the requested state; nothing is written.
    Unchanged,
    /// The command is refused.
    Refused(Rejection),
    /// The user is deleted. Write only this evidence row, if it changed.
    EvidenceOnly(Option<Box<EvidenceOnly>>),
    /// Decide again with [`Facts::history`](super::Facts::history).
    NeedsHistory,
}

/// The new state of an evidence row of a deleted user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceOnly {
    /// The deleted user.
    pub owner: UserId,
    /// The change of the row.
    pub change: EvidenceChange,
}

/// Why a command was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// There is no such user.
    #[error("there is no such user")]
    UserNotFound,
    /// Another user has this `vendor_data`.
    #[error("the vendor_data is taken")]
    VendorDataTaken,
    /// The user does not have the version that the caller expects.
    #[error("the user has another version")]
    VersionMismatch,
    /// The user is under legal hold.
    #[error("the user is under legal hold")]
    UnderLegalHold {
        /// The client's identifier of the user.
        vendor_data: VendorData,
    },
    /// The retention period of the deleted user is over.
    #[error("the retention period of the user is over")]
    RetentionOver,
    /// The status machine does not allow the change.
    #[error("{trigger:?} must not move a user from {from:?} to {to:?}")]
    TransitionRefused {
        /// The current status.
        from: UserStatus,
        /// The requested status.
        to: UserStatus,
        /// What caused the request.
        trigger: StatusTrigger,
    },
    /// The session, transaction or risk event belongs to another user.
    #[error("the report belongs to another user")]
    EvidenceOfAnotherUser,
    /// The same revision, or the same risk event, was reported with other content.
    #[error("the revision was reported with different content")]
    ReportConflict,
    /// A value is invalid in combination with stored values.
    #[error("{field:?}: {reason}")]
    InvalidField {
        /// The field.
        field: UserField,
        /// Why the value is invalid.
        reason: InvalidValue,
    },
}
