//! Which fields a client may write (docs/API.md).

use crate::model::{UserField, VerifiedFieldsPolicy};

/// The effect of sending a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    /// Sets the value.
    Mutable,
    /// Sets the declared value.
    Declared,
    /// Sets a value that overrides the verified one.
    Override,
    /// Goes through the status machine.
    StatusMachine,
    /// Changes nothing; a value that differs from the shown one is noted.
    ReadOnly,
}

/// The effect of sending `field`, for a user with or without verified data, in an application with this policy.
#[must_use]
pub const fn mutability(
    field: UserField,
    verified: bool,
    policy: VerifiedFieldsPolicy,
) -> Mutability {
    match field {
        UserField::DisplayName | UserField::Metadata | UserField::Tags => Mutability::Mutable,
        UserField::Status => Mutability::StatusMachine,
        UserField::FullName | UserField::DateOfBirth => match (verified, policy) {
            (false, _) => Mutability::Declared,
            (true, VerifiedFieldsPolicy::ReadOnly) => Mutability::ReadOnly,
            (true, VerifiedFieldsPolicy::Override) => Mutability::Override,
        },
        UserField::ApprovedEmails | UserField::ApprovedPhones | UserField::IssuingStates => {
            if verified {
                Mutability::ReadOnly
            } else {
                Mutability::Declared
            }
        }
        UserField::InternalId
        | UserField::VendorData
        | UserField::EffectiveName
        | UserField::PortraitImageUrl
        | UserField::SessionCount
        | UserField::ApprovedCount
        | UserField::DeclinedCount
        | UserField::InReviewCount
        | UserField::Features
        | UserField::FeaturesList
        | UserField::LastSessionAt
        | UserField::FirstSessionAt
        | UserField::LastActivityAt
        | UserField::CreatedAt
        | UserField::UpdatedAt
        | UserField::Version
        | UserField::Comments
        | UserField::LegalHold
        | UserField::Provenance
        | UserField::DeletedAt
        | UserField::Risk => Mutability::ReadOnly,
    }
}
