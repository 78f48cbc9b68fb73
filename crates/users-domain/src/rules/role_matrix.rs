//! The role matrix (docs/API.md): exactly this, nothing implied.

use crate::model::{Operation, Role};

/// Whether a key of this role may do this.
#[must_use]
pub const fn allows(role: Role, operation: Operation) -> bool {
    use Operation::{
        CreateUser, DeleteUsers, GetUser, ListUsers, ManageDestinations, ReadDestinations,
        UpdateStatus, UpdateUser,
    };

    match role {
        Role::Owner | Role::Admin => true,
        Role::ComplianceOfficer => match operation {
            ListUsers | GetUser | UpdateUser | UpdateStatus | ReadDestinations => true,
            CreateUser | DeleteUsers | ManageDestinations => false,
        },
        Role::Developer => match operation {
            ListUsers | GetUser | CreateUser | ReadDestinations | ManageDestinations => true,
            UpdateUser | UpdateStatus | DeleteUsers => false,
        },
        Role::Reader => match operation {
            ListUsers | GetUser | ReadDestinations => true,
            CreateUser | UpdateUser | UpdateStatus | DeleteUsers | ManageDestinations => false,
        },
    }
}
