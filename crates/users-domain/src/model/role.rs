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
    /// Page through deleted users.
    ListDeletedUsers,
    /// Bring deleted users back.
    RestoreUsers,
    /// See, set and lift legal holds.
    ManageLegalHolds,
    /// Read what happened in the application.
    ReadAuditLog,
    /// See webhook destinations and their deliveries.
    ReadDestinations,
    /// Make, change, test and remove webhook destinations, and send anew.
    ManageDestinations,
    /// See API keys.
    ReadKeys,
    /// Make, change, rotate and revoke API keys.
    ManageKeys,
    /// Report verification sessions.
    ReportSessions,
    /// Report transactions.
    ReportTransactions,
    /// Report risk events.
    ReportRisks,
    /// Ask what a user's status allows.
    ReadEnforcement,
    /// Change what an application's operator decides.
    ChangeSettings,
    /// Recount what users have from their sessions.
    VerifyCounters,
}

impl Operation {
    /// What keys with a role ask for, in the order of the matrix in docs/DOMAIN.md.
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

    /// What service keys ask for.
    pub const OF_SERVICES: [Self; 4] = [
        Self::ReportSessions,
        Self::ReportTransactions,
        Self::ReportRisks,
        Self::ReadEnforcement,
    ];

    /// What only the command line asks for.
    pub const OF_OPERATORS: [Self; 2] = [Self::ChangeSettings, Self::VerifyCounters];

    /// Everything that anybody can ask for.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::OF_ROLES
            .into_iter()
            .chain(Self::OF_SERVICES)
            .chain(Self::OF_OPERATORS)
    }

    /// The operation of this word, if there is one.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::all().find(|operation| operation.as_str() == word)
    }

    /// Whether every call of it deletes users or brings them back.
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

    /// Whether a call of it that names a key of its client's is carried out once, however often it is sent.
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
