//! What can happen to a user. The same values are the new state ([`super::evolve`]), the audit entries and the events
//! ([`super::ChangeSet`]).

use super::Recount;
use super::session_aggregate::SessionAggregate;
use crate::model::evidence::EvidenceChange;
use crate::model::{
    ApplicationId, CommandContext, CountryCode, DateOfBirth, DeclaredProfile, DisplayName, Email,
    FullName, Metadata, Phone, Reason, StatusTrigger, UserField, UserId, UserStatus, UserTag,
    VendorData,
};

/// Something that happened to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserChange {
    /// It was made.
    Created(Box<NewUser>),
    /// Fields were set.
    Edited(Vec<FieldEdit>),
    /// The status moved.
    StatusChanged {
        /// From where.
        from: UserStatus,
        /// To where.
        to: UserStatus,
        /// What caused it.
        trigger: StatusTrigger,
        /// Why, in words.
        reason: Option<Reason>,
    },
    /// The service itself has something to say about it.
    Remarked(String),
    /// It was deleted.
    Deleted,
    /// It is there again.
    Restored,
    /// It may be neither deleted nor erased until that is lifted.
    LegalHoldSet {
        /// Why, in words.
        reason: Reason,
    },
    /// The legal hold ended.
    LegalHoldLifted,
    /// Another service told of a session, a transaction or a risk.
    EvidenceReported {
        /// The row that is kept of it.
        change: Box<EvidenceChange>,
        /// What the user has from its sessions after it; none where it is about something else.
        standing: Option<Box<SessionAggregate>>,
    },
    /// What the user has from its sessions and transactions was put right.
    Recounted(Box<Recount>),
}

/// A user as it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Its identifier.
    pub id: UserId,
    /// The tenant.
    pub application: ApplicationId,
    /// The client's own identifier.
    pub vendor_data: VendorData,
    /// The initial status.
    pub status: UserStatus,
    /// What the application shows.
    pub display_name: Option<DisplayName>,
    /// What the client says about the person.
    pub declared: DeclaredProfile,
    /// The client's own data.
    pub metadata: Metadata,
    /// Labels.
    pub tags: Vec<UserTag>,
}

impl NewUser {
    /// An active user of whom only the name is known.
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

    /// The fields that hold something.
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
    /// The name over the verified one.
    OverridingFullName(Option<FullName>),
    /// The declared date of birth.
    DeclaredDateOfBirth(Option<DateOfBirth>),
    /// The date of birth over the verified one.
    OverridingDateOfBirth(Option<DateOfBirth>),
    /// The declared e-mail addresses.
    DeclaredEmails(Vec<Email>),
    /// The declared telephone numbers.
    DeclaredPhones(Vec<Phone>),
    /// The declared issuing states.
    DeclaredIssuingStates(Vec<CountryCode>),
    /// The metadata as a whole.
    Metadata(Metadata),
    /// The tags as a whole.
    Tags(Vec<UserTag>),
}

impl FieldEdit {
    /// The field that shows the edit.
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

    /// Whether the edit lies over a verified value.
    #[must_use]
    pub const fn overrides_verified(&self) -> bool {
        matches!(
            self,
            Self::OverridingFullName(_) | Self::OverridingDateOfBirth(_)
        )
    }
}
