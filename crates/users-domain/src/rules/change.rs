//! Changes of a user. The new state ([`super::evolve`]), the audit entries and the events ([`super::ChangeSet`]) are
//! all derived from these values.

use super::Recount;
use super::session_aggregate::SessionAggregate;
use crate::model::evidence::EvidenceChange;
use crate::model::{
    CountryCode, DateOfBirth, DisplayName, Email, FullName, Metadata, Phone, Reason, StatusTrigger,
    User, UserField, UserStatus, UserTag,
};

/// A change of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChange {
    /// The user was created.
    Created(Box<User>),
    /// Fields were set.
    Edited(Vec<FieldEdit>),
    /// The status changed.
    StatusChanged {
        /// The previous status.
        from: UserStatus,
        /// The new status.
        to: UserStatus,
        /// What caused the change.
        trigger: StatusTrigger,
        /// The reason as free text.
        reason: Option<Reason>,
    },
    /// The service itself added a comment.
    Remarked(String),
    /// The user was deleted.
    Deleted,
    /// The user was restored.
    Restored,
    /// A legal hold was set or its reason changed: the user cannot be deleted or erased until the hold is lifted.
    LegalHoldSet {
        /// The reason as free text.
        reason: Reason,
    },
    /// The legal hold was lifted.
    LegalHoldLifted,
    /// Another service reported a session, a transaction or a risk event.
    EvidenceReported {
        /// The stored row of the report.
        change: Box<EvidenceChange>,
        /// The session aggregate after the report; `None` if the report is not about a session.
        standing: Option<Box<SessionAggregate>>,
    },
    /// The values derived from sessions and transactions were corrected.
    Recounted(Box<Recount>),
}

/// One field set to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldEdit {
    /// The display name.
    DisplayName(Option<DisplayName>),
    /// The declared name.
    DeclaredFullName(Option<FullName>),
    /// The name that overrides the verified one.
    OverridingFullName(Option<FullName>),
    /// The declared date of birth.
    DeclaredDateOfBirth(Option<DateOfBirth>),
    /// The date of birth that overrides the verified one.
    OverridingDateOfBirth(Option<DateOfBirth>),
    /// The declared e-mail addresses.
    DeclaredEmails(Vec<Email>),
    /// The declared telephone numbers.
    DeclaredPhones(Vec<Phone>),
    /// The declared issuing states.
    DeclaredIssuingStates(Vec<CountryCode>),
    /// The complete metadata.
    Metadata(Metadata),
    /// The complete list of tags.
    Tags(Vec<UserTag>),
}

impl FieldEdit {
    /// The field in which the edit is shown.
    #[must_use]
    pub const fn field(&self) -> UserField {
        match self {
            Self::DisplayName(_) => UserField::DisplayName,
            Self::DeclaredFullName(_) | Self::OverridingFullName(_) => UserField::FullName,
            Self::DeclaredDateOfBirth(_) | Self::OverridingDateOfBirth(_) => UserField::DateOfBirth,
            Self::DeclaredEmails(_) => UserField::ApprovedEmails,
            Self::DeclaredPhones(_) => UserField::ApprovedPhones,
            Self::DeclaredIssuingStates(_) => UserField::IssuingStates,
            Self::Metadata(_) => UserField::Metadata,
            Self::Tags(_) => UserField::Tags,
        }
    }

    /// Whether the edit overrides a verified value.
    #[must_use]
    pub const fn overrides_verified(&self) -> bool {
        matches!(self, Self::OverridingFullName(_) | Self::OverridingDateOfBirth(_))
    }
}
