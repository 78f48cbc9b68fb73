//! The role matrix (contract section 2): exactly this, nothing implied.

use crate::model::{Operation, Role};

/// Whether a key of this role may do this.
#[must_use]
pub const fn allows(role: Role, operation: Operation) -> bool {
    match (role, operation) {
        (Role::Owner | Role::Admin, _) | (_, Operation::ListUsers | Operation::GetUser) => true,
        (Role::ComplianceOfficer, Operation::UpdateUser | Operation::UpdateStatus)
        | (Role::Developer, Operation::CreateUser) => true,
        (Role::ComplianceOfficer, Operation::CreateUser | Operation::DeleteUsers)
        | (
            Role::Developer,
            Operation::UpdateUser | Operation::UpdateStatus | Operation::DeleteUsers,
        )
        | (
            Role::Reader,
            Operation::CreateUser
            | Operation::UpdateUser
            | Operation::UpdateStatus
            | Operation::DeleteUsers,
        ) => false,
    }
}
