//! Roles, key kinds and operations. [`crate::rules::role_matrix`] defines which role allows which operation.

use super::words::words;

words!(
    /// The role of an API key.
    Role {
        /// Allows everything.
        Owner = "OWNER",
        /// Allows everything except managing OWNER keys.
        Admin = "ADMIN",
        /// Reviews users: edits users and changes their status, but neither creates nor deletes them.
        ComplianceOfficer = "COMPLIANCE_OFFICER",
        /// Integrates the service: creates and reads users.
        Developer = "DEVELOPER",
        /// Reads users.
        Reader = "READER",
    }
);

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
        if let Self::Role(role) = self { Some(role) } else { None }
    }
}

words!(
    /// An operation that a caller can request, with its name in audit entries and in the role matrix.
    Operation {
        /// List users.
        ListUsers = "list",
        /// Read one user.
        GetUser = "get",
        /// Create a user.
        CreateUser = "create",
        /// Edit a user.
        UpdateUser = "update",
        /// Change a user's status.
        UpdateStatus = "update-status",
        /// Delete users.
        DeleteUsers = "delete",
        /// List deleted users.
        ListDeletedUsers = "list-deleted",
        /// Restore deleted users.
        RestoreUsers = "restore",
        /// Read, set and lift legal holds.
        ManageLegalHolds = "legal-hold",
        /// Read the audit trail.
        ReadAuditLog = "read-audit-log",
        /// Read webhook destinations and their deliveries.
        ReadDestinations = "read-destinations",
        /// Create, change, test and remove webhook destinations, and resend events.
        ManageDestinations = "manage-destinations",
        /// Read API keys.
        ReadKeys = "read-keys",
        /// Create, change, rotate and revoke API keys.
        ManageKeys = "manage-keys",
        /// Report verification sessions.
        ReportSessions = "report-sessions",
        /// Report transactions.
        ReportTransactions = "report-transactions",
        /// Report risk events.
        ReportRisks = "report-risks",
        /// Read the enforcement state that follows from a user's status.
        ReadEnforcement = "read-enforcement",
        /// Change the settings of an application.
        ChangeSettings = "change-settings",
        /// Verify the counters that derive from the sessions of users.
        VerifyCounters = "verify-counters",
    }
);

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
    pub const OF_SERVICES: [Self; 4] =
        [Self::ReportSessions, Self::ReportTransactions, Self::ReportRisks, Self::ReadEnforcement];

    /// Whether the operation always deletes or restores users.
    #[must_use]
    pub const fn destroys_or_restores(self) -> bool {
        matches!(self, Self::DeleteUsers | Self::RestoreUsers)
    }

    /// Whether the operation supports an idempotency key: requests with the same key are carried out once.
    #[must_use]
    pub const fn is_carried_out_once(self) -> bool {
        matches!(
            self,
            Self::CreateUser
                | Self::UpdateUser
                | Self::UpdateStatus
                | Self::DeleteUsers
                | Self::RestoreUsers
        )
    }
}
