//! Which fields a client may write (docs/API.md).

use crate::model::{ClientAccess, UserField, VerifiedFieldsPolicy};

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
    match (field.client_access(), verified, policy) {
        (ClientAccess::Writable, ..) => Mutability::Mutable,
        (ClientAccess::StatusMachine, ..) => Mutability::StatusMachine,
        (ClientAccess::ByPolicy | ClientAccess::UntilVerified, false, _) => Mutability::Declared,
        (ClientAccess::ByPolicy, true, VerifiedFieldsPolicy::Override) => Mutability::Override,
        (ClientAccess::ByPolicy, true, VerifiedFieldsPolicy::ReadOnly)
        | (ClientAccess::UntilVerified, true, _)
        | (ClientAccess::OnCreation | ClientAccess::ReadOnly, ..) => Mutability::ReadOnly,
    }
}
