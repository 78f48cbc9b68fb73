//! Changes of a user. The new state ([`super::evolve`]), the audit entries and the events ([`super::ChangeSet`]) are
//! all derived from these values.

use super::Recount;
use super::session_aggregate::SessionAggregate;
use crate::model::evidence::EvidenceChange;
use crate::model::{
    ApplicationId, CommandContext, CountryCode, DateOfBirth, DeclaredProfile, DisplayName, Email,
    FullName, Metadata, Phone, Reason, StatusTrigger, UserField, UserId, UserStatus, UserTag,
    VendorData,
};

/// A change of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChange {
    /// The user was created.
    Created(Box<NewUser>),
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

/// The initial state of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Its identifier.
    pub id: UserId,
    /// The application that owns the user.
    pub application: ApplicationId,
    /// The client's own identifier.
    pub vendor_data: VendorData,
    /// The initial status.
    pub status: UserStatus,
    /// The display name.
    pub display_name: Option<DisplayName>,
    /// Personal data declared by the client.
    pub declared: DeclaredProfile,
    /// The client's own data.
    pub metadata: Metadata,
    /// The tags.
    pub tags: Vec<UserTag>,
}

impl NewUser {
    /// An active user with a `vendor_data` and nothing else.
    #[must_use]
    pub fn named(
        vendor_data: VendorData,
        application: ApplicationId,
        context: &CommandContext,
    ) -> Self {
        Self {
            id: UserId::new(context.derive_uuid("user", vendor_data.as_str().as_bytes(), 0)),
            application,
            vendor_data,
            status: UserStatus::Active,
            display_name: None,
            declared: DeclaredProfile::default(),
            metadata: Metadata::default(),
            tags: Vec::new(),
        }
    }

    /// The fields that have a value.
    #[must_use]
    pub fn fields_set(&self) -> Vec<UserField> {
        let declared = &self.declared;
        [
            (UserField::VendorData, true),
            (UserField::DisplayName, self.display_name.is_some()),
            (UserField::FullName, declared.full_name.is_some()),
            (UserField::DateOfBirth, declared.date_of_birth.is_some()),
            (UserField::Status, true),
            (
                UserField::IssuingStates,
                !declared.issuing_states.is_empty(),
            ),
            (UserField::ApprovedEmails, !declared.emails.is_empty()),
            (UserField::ApprovedPhones, !declared.phones.is_empty()),
            (UserField::Tags, !self.tags.is_empty()),
            (UserField::Metadata, !self.metadata.object().is_empty()),
        ]
        .into_iter()
        .filter_map(|(field, set)| set.then_some(field))
        .collect()
    }
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
        matches!(
            self,
            Self::OverridingFullName(_) | Self::OverridingDateOfBirth(_)
        )
    }
}
