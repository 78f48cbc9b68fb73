//! Why a use case does not do what was asked, and the check that comes before each.

use thiserror::Error;

use crate::model::{Caller, Operation};
use crate::ports::{StoreError, WriteError};
use crate::rules::{Rejection, role_matrix};

/// Why a use case did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServiceError {
    /// The caller's role does not allow it.
    #[error("the role may not do this")]
    Forbidden,
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// Others changed the same user again and again: the same call may succeed later.
    #[error("the user is being changed by others")]
    Contended,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<WriteError> for ServiceError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(rejection) => Self::Refused(rejection),
            WriteError::Contended => Self::Contended,
        }
    }
}

/// Whether the caller's role allows an operation. Service keys have no role and may do none of them.
///
/// # Errors
/// [`ServiceError::Forbidden`].
pub fn authorize(caller: &Caller, operation: Operation) -> Result<(), ServiceError> {
    let allowed = caller
        .grant
        .key
        .kind
        .role()
        .is_some_and(|role| role_matrix::allows(role, operation));
    if allowed {
        Ok(())
    } else {
        Err(ServiceError::Forbidden)
    }
}
