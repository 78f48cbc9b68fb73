//! The input and the results of decisions.

use std::fmt;

use super::ChangeSet;
use crate::model::evidence::{EvidenceChange, History, ReportOutcome, StoredEvidence};
use crate::model::{
    AuditEntry, Comment, InvalidValue, StatusTrigger, Tag, User, UserField, UserId, UserStatus,
    VendorData,
};

/// The facts that a decision is based on. Every row in it is written only together with a new version of its user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The user, if it exists; a deleted user only if the lookup includes deleted users.
    pub user: Option<User>,
    /// The user's latest [`Comment::SHOWN_IN_DETAIL`] comments, newest first; may be omitted if not requested.
    pub comments: Vec<Comment>,
    /// The requested tags that the application already has.
    pub tags: Vec<Tag>,
    /// Whether a user that is not deleted has the `vendor_data` of this deleted user; set only if requested.
    pub name_taken: bool,
    /// Whether the last deleted user with this `vendor_data`, which no other user has, was BLOCKED; if requested.
    pub block_left: bool,
    /// The stored row of the requested evidence, whichever user owns it.
    pub kept: Option<StoredEvidence>,
    /// The complete history of the session aggregate; a store may omit it until a decision requests it.
    pub history: Option<History>,
}

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
        Self { outcome, notes: Vec::new(), receipt: None, reason_is_unused: false }
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
    /// Decide again with [`Facts::history`].
    NeedsHistory,
}

impl From<Option<ChangeSet>> for Outcome {
    fn from(change: Option<ChangeSet>) -> Self {
        change.map_or(Self::Unchanged, |change| Self::Changed(Box::new(change)))
    }
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// There is no such user.
    UserNotFound,
    /// Another user has this `vendor_data`.
    VendorDataTaken,
    /// The user does not have the version that the caller expects.
    VersionMismatch,
    /// The user is under legal hold.
    UnderLegalHold {
        /// The client's identifier of the user.
        vendor_data: VendorData,
    },
    /// The retention period of the deleted user is over.
    RetentionOver,
    /// The status machine does not allow the change.
    TransitionRefused {
        /// The current status.
        from: UserStatus,
        /// The requested status.
        to: UserStatus,
        /// What caused the request.
        trigger: StatusTrigger,
    },
    /// The session, transaction or risk event belongs to another user.
    EvidenceOfAnotherUser,
    /// The same revision, or the same risk event, was reported with other content.
    ReportConflict,
    /// A value is invalid in combination with stored values.
    InvalidField {
        /// The field.
        field: UserField,
        /// Why the value is invalid.
        reason: InvalidValue,
    },
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TransitionRefused { from, to, trigger } => {
                return write!(f, "{trigger:?} must not move a user from {from:?} to {to:?}");
            }
            Self::InvalidField { field, reason } => return write!(f, "{field:?}: {reason}"),
            Self::UserNotFound => "there is no such user",
            Self::VendorDataTaken => "the vendor_data is taken",
            Self::VersionMismatch => "the user has another version",
            Self::UnderLegalHold { .. } => "the user is under legal hold",
            Self::RetentionOver => "the retention period of the user is over",
            Self::EvidenceOfAnotherUser => "the report belongs to another user",
            Self::ReportConflict => "the revision was reported with different content",
        })
    }
}

impl std::error::Error for Rejection {}
