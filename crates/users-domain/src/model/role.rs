//! Who may do what: the words. The matrix is [`crate::rules::role_matrix`].

use super::InvalidValue;

/// The role of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May do everything.
    Owner,
    /// May do everything but touch owners.
    Admin,
    /// Reviews users: changes and judges them, neither makes nor deletes them.
    ComplianceOfficer,
    /// Integrates: makes and reads users.
    Developer,
    /// Reads.
    Reader,
}

impl Role {
    /// Every role, most powerful first.
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Admin,
        Self::ComplianceOfficer,
        Self::Developer,
        Self::Reader,
    ];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "OWNER",
            Self::Admin => "ADMIN",
            Self::ComplianceOfficer => "COMPLIANCE_OFFICER",
            Self::Developer => "DEVELOPER",
            Self::Reader => "READER",
        }
    }

    /// Reads the word of the API, exactly.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// People and back ends on the public API, with a role.
    Role(Role),
    /// Other services on the internal API (docs/API.md); no role of the matrix.
    Service,
}

impl KeyKind {
    /// The role, if this kind has one.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::Role(role) => Some(role),
            Self::Service => None,
        }
    }
}

/// What a caller can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Page through users.
    ListUsers,
    /// Read one user.
    GetUser,
    /// Make a user.
    CreateUser,
    /// Edit a user.
    UpdateUser,
    /// Change a user's status.
    UpdateStatus,
    /// Delete users.
    DeleteUsers,
    /// See webhook destinations and their deliveries.
    ReadDestinations,
    /// Make, change, test and remove webhook destinations, and send anew.
    ManageDestinations,
}

impl Operation {
    /// Every operation, in the order of the matrix in docs/DOMAIN.md.
    pub const ALL: [Self; 8] = [
        Self::ListUsers,
        Self::GetUser,
        Self::CreateUser,
        Self::UpdateUser,
        Self::UpdateStatus,
        Self::DeleteUsers,
        Self::ReadDestinations,
        Self::ManageDestinations,
    ];

    /// The word that audit entries and the role matrix use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ListUsers => "list",
            Self::GetUser => "get",
            Self::CreateUser => "create",
            Self::UpdateUser => "update",
            Self::UpdateStatus => "update-status",
            Self::DeleteUsers => "delete",
            Self::ReadDestinations => "read-destinations",
            Self::ManageDestinations => "manage-destinations",
        }
    }
}
