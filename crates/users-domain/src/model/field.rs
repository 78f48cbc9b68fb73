//! The fields of a user by name.

/// A field of the user as the API shows it (docs/API.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserField {
    /// `didit_internal_id`
    InternalId,
    /// `vendor_data`
    VendorData,
    /// `display_name`
    DisplayName,
    /// `full_name`
    FullName,
    /// `date_of_birth`
    DateOfBirth,
    /// `effective_name`
    EffectiveName,
    /// `status`
    Status,
    /// `portrait_image_url`
    PortraitImageUrl,
    /// `session_count`
    SessionCount,
    /// `approved_count`
    ApprovedCount,
    /// `declined_count`
    DeclinedCount,
    /// `in_review_count`
    InReviewCount,
    /// `issuing_states`
    IssuingStates,
    /// `approved_emails`
    ApprovedEmails,
    /// `approved_phones`
    ApprovedPhones,
    /// `features`
    Features,
    /// `features_list`
    FeaturesList,
    /// `last_session_at`
    LastSessionAt,
    /// `first_session_at`
    FirstSessionAt,
    /// `last_activity_at`
    LastActivityAt,
    /// `tags`
    Tags,
    /// `created_at`
    CreatedAt,
    /// `updated_at`
    UpdatedAt,
    /// `version`
    Version,
    /// `metadata`
    Metadata,
    /// `comments`
    Comments,
    /// `legal_hold`
    LegalHold,
    /// `provenance`
    Provenance,
    /// `deleted_at`: shown in events and to roles that may restore users.
    DeletedAt,
    /// `risk`: a finding of a screening service. Appears in events only; it is not a field of a user.
    Risk,
}

impl UserField {
    /// The fields that sessions and transactions write, in the order of the OpenAPI document.
    pub const FED_BY_EVIDENCE: [Self; 14] = [
        Self::FullName,
        Self::DateOfBirth,
        Self::PortraitImageUrl,
        Self::SessionCount,
        Self::ApprovedCount,
        Self::DeclinedCount,
        Self::InReviewCount,
        Self::IssuingStates,
        Self::ApprovedEmails,
        Self::ApprovedPhones,
        Self::Features,
        Self::LastSessionAt,
        Self::FirstSessionAt,
        Self::LastActivityAt,
    ];

    /// Every field of a user, in the order of the OpenAPI document.
    pub const ALL: [Self; 29] = [
        Self::InternalId,
        Self::VendorData,
        Self::DisplayName,
        Self::FullName,
        Self::DateOfBirth,
        Self::EffectiveName,
        Self::Status,
        Self::PortraitImageUrl,
        Self::SessionCount,
        Self::ApprovedCount,
        Self::DeclinedCount,
        Self::InReviewCount,
        Self::IssuingStates,
        Self::ApprovedEmails,
        Self::ApprovedPhones,
        Self::Features,
        Self::FeaturesList,
        Self::LastSessionAt,
        Self::FirstSessionAt,
        Self::LastActivityAt,
        Self::Tags,
        Self::CreatedAt,
        Self::UpdatedAt,
        Self::Version,
        Self::Metadata,
        Self::Comments,
        Self::LegalHold,
        Self::Provenance,
        Self::DeletedAt,
    ];

    /// The JSON key in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InternalId => "didit_internal_id",
            Self::VendorData => "vendor_data",
            Self::DisplayName => "display_name",
            Self::FullName => "full_name",
            Self::DateOfBirth => "date_of_birth",
            Self::EffectiveName => "effective_name",
            Self::Status => "status",
            Self::PortraitImageUrl => "portrait_image_url",
            Self::SessionCount => "session_count",
            Self::ApprovedCount => "approved_count",
            Self::DeclinedCount => "declined_count",
            Self::InReviewCount => "in_review_count",
            Self::IssuingStates => "issuing_states",
            Self::ApprovedEmails => "approved_emails",
            Self::ApprovedPhones => "approved_phones",
            Self::Features => "features",
            Self::FeaturesList => "features_list",
            Self::LastSessionAt => "last_session_at",
            Self::FirstSessionAt => "first_session_at",
            Self::LastActivityAt => "last_activity_at",
            Self::Tags => "tags",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::Version => "version",
            Self::Metadata => "metadata",
            Self::Comments => "comments",
            Self::LegalHold => "legal_hold",
            Self::Provenance => "provenance",
            Self::DeletedAt => "deleted_at",
            Self::Risk => "risk",
        }
    }

    /// The field with this JSON key, or `None`.
    #[must_use]
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == key)
    }

    /// The field's name in events: as in the API except for the portrait.
    #[must_use]
    pub const fn event_name(self) -> &'static str {
        match self {
            Self::PortraitImageUrl => "portrait_image",
            other => other.as_str(),
        }
    }
}
