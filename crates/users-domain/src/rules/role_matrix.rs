//! Which kinds of keys may perform which operations (docs/API.md). No permission implies another.

use crate::model::{KeyKind, Operation, Role};

/// Whether a key of this kind may perform this operation. No key may perform those of the command line.
#[must_use]
pub const fn permits(kind: KeyKind, operation: Operation) -> bool {
    match kind {
        KeyKind::Role(role) => allows(role, operation),
        KeyKind::Service => is_of_services(operation),
    }
}

/// Whether a key of this kind sees the reasons of legal holds: only keys that may manage holds do.
#[must_use]
pub const fn sees_hold_reasons(kind: KeyKind) -> bool {
    permits(kind, Operation::ManageLegalHolds)
}

/// Whether a key with this role may perform this operation.
///
/// ```
/// use users_domain::model::{Operation, Role};
/// use users_domain::rules::role_matrix::allows;
///
/// assert!(allows(Role::ComplianceOfficer, Operation::UpdateStatus));
/// assert!(!allows(Role::Developer, Operation::UpdateStatus));
/// ```
#[must_use]
pub const fn allows(role: Role, operation: Operation) -> bool {
    use Operation::{
        ChangeSettings, CreateUser, DeleteUsers, GetUser, ListDeletedUsers, ListUsers,
        ManageDestinations, ManageKeys, ManageLegalHolds, ReadAuditLog, ReadDestinations,
        ReadEnforcement, ReadKeys, ReportRisks, ReportSessions, ReportTransactions, RestoreUsers,
        UpdateStatus, UpdateUser, VerifyCounters,
    };

    match operation {
        ListUsers | GetUser | ReadDestinations => true,
        CreateUser | ManageDestinations => match role {
            Role::Owner | Role::Admin | Role::Developer => true,
            Role::ComplianceOfficer | Role::Reader => false,
        },
        UpdateUser | UpdateStatus | ReadAuditLog => match role {
            Role::Owner | Role::Admin | Role::ComplianceOfficer => true,
            Role::Developer | Role::Reader => false,
        },
        DeleteUsers | ListDeletedUsers | RestoreUsers | ReadKeys | ManageKeys => {
            matches!(role, Role::Owner | Role::Admin)
        }
        ManageLegalHolds => matches!(role, Role::Owner | Role::ComplianceOfficer),
        ReportSessions | ReportTransactions | ReportRisks | ReadEnforcement | ChangeSettings
        | VerifyCounters => false,
    }
}

const fn is_of_services(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::ReportSessions
            | Operation::ReportTransactions
            | Operation::ReportRisks
            | Operation::ReadEnforcement
    )
}

#[cfg(test)]
mod tests;
