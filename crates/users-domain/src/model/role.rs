//! Roles, key kinds and operations. [`crate::rules::role_matrix`] defines which role allows which operation.

use super::InvalidValue;

/// The role of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Allows everything.
    Owner,
    /// Allows everything except managing OWNER keys.
    Admin,
    /// Reviews users: edits users and changes their status, but neither creates nor deletes them.
    ComplianceOfficer,
    /// Integrates the service: creates and reads users.
    Developer,
    /// Reads users.
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

    /// The value in the API.
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

    /// Parses the exact value of the API.
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

/// Kind of an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// A key with a role, for the public API.
    Role(Role),
    /// A service key, for the internal API (docs/API.md). Not part of the role matrix.
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

/// An operation that a caller can request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// List users.
    ListUsers,
    /// Read one user.
    GetUser,
    /// Create a user.
    CreateUser,
    /// Edit a user.
    UpdateUser,
    /// Change a user's status.
    UpdateStatus,
    /// Delete users.
    DeleteUsers,
    /// List deleted users.
    ListDeletedUsers,
    /// Restore deleted users.
    RestoreUsers,
    /// Read, set and lift legal holds.
    ManageLegalHolds,
    /// Read the audit trail.
    ReadAuditLog,
    /// Read webhook destinations and their deliveries.
    ReadDestinations,
    /// Create, change, test and remove webhook destinations, and resend events.
    ManageDestinations,
    /// Read API keys.
    ReadKeys,
    /// Create, change, rotate and revoke API keys.
    ManageKeys,
    /// Report verification sessions.
    ReportSessions,
    /// Report transactions.
    ReportTransactions,
    /// Report risk events.
    ReportRisks,
    /// Read the enforcement state that follows from a user's status.
    ReadEnforcement,
    /// Change the settings of an application.
    ChangeSettings,
    /// Verify the counters that derive from the sessions of users.
    VerifyCounters,
}

impl Operation {
    /// Operations of keys with a role, in the order of the matrix in docs/DOMAIN.md.
    pub const OF_ROLES: [Self; 14] = [
        Self::ListUsers,
        Self::GetUser,
        Self::CreateUser,
        Self::UpdateUser,
        Self::UpdateStatus,
        Self::DeleteUsers,
        Self::ListDeletedUsers,
        Self::RestoreUsers,
        Self::ManageLegalHolds,
        Self::ReadAuditLog,
        Self::ReadDestinations,
        Self::ManageDestinations,
        Self::ReadKeys,
        Self::ManageKeys,
    ];

    /// Operations of service keys.
    pub const OF_SERVICES: [Self; 4] = [
        Self::ReportSessions,
        Self::ReportTransactions,
        Self::ReportRisks,
        Self::ReadEnforcement,
    ];

    /// Operations of the command line only.
    pub const OF_OPERATORS: [Self; 2] = [Self::ChangeSettings, Self::VerifyCounters];

    /// Every operation.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::OF_ROLES
            .into_iter()
            .chain(Self::OF_SERVICES)
            .chain(Self::OF_OPERATORS)
    }

    /// The operation with this name (see [`Self::as_str`]), or `None`.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::all().find(|operation| operation.as_str() == word)
    }

    /// Whether the operation always deletes or restores users.
    #[must_use]
    pub const fn destroys_or_restores(self) -> bool {
        match self {
            Self::DeleteUsers | Self::RestoreUsers => true,
            Self::ListUsers
            | Self::GetUser
            | Self::CreateUser
            | Self::UpdateUser
            | Self::UpdateStatus
            | Self::ListDeletedUsers
            | Self::ManageLegalHolds
            | Self::ReadAuditLog
            | Self::ReadDestinations
            | Self::ManageDestinations
            | Self::ReadKeys
            | Self::ManageKeys
            | Self::ReportSessions
            | Self::ReportTransactions
            | Self::ReportRisks
            | Self::ReadEnforcement
            | Self::ChangeSettings
            | Self::VerifyCounters => false,
        }
    }

    /// Whether the operation supports an idempotency key: requests with the same key are carried out once.
    #[must_use]
    pub const fn is_carried_out_once(self) -> bool {
        match self {
            Self::CreateUser
            | Self::UpdateUser
            | Self::UpdateStatus
            | Self::DeleteUsers
            | Self::RestoreUsers => true,
            Self::ListUsers
            | Self::GetUser
            | Self::ListDeletedUsers
            | Self::ManageLegalHolds
            | Self::ReadAuditLog
            | Self::ReadDestinations
            | Self::ManageDestinations
            | Self::ReadKeys
            | Self::ManageKeys
            | Self::ReportSessions
            | Self::ReportTransactions
            | Self::ReportRisks
            | Self::ReadEnforcement
            | Self::ChangeSettings
            | Self::VerifyCounters => false,
        }
    }

    /// The name of the operation in audit entries and in the role matrix.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ListUsers => "list",
            Self::GetUser => "get",
            Self::CreateUser => "create",
            Self::UpdateUser => "update",
            Self::UpdateStatus => "update-status",
            Self::DeleteUsers => "delete",
            Self::ListDeletedUsers => "list-deleted",
            Self::RestoreUsers => "restore",
            Self::ManageLegalHolds => "legal-hold",
            Self::ReadAuditLog => "read-audit-log",
            Self::ReadDestinations => "read-destinations",
            Self::ManageDestinations => "manage-destinations",
            Self::ReadKeys => "read-keys",
            Self::ManageKeys => "manage-keys",
            Self::ReportSessions => "report-sessions",
            Self::ReportTransactions => "report-transactions",
            Self::ReportRisks => "report-risks",
            Self::ReadEnforcement => "read-enforcement",
            Self::ChangeSettings => "change-settings",
            Self::VerifyCounters => "verify-counters",
        }
    }
}
