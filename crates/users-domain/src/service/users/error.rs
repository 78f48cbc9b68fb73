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
            WriteError::UserGone(_) => Self::Refused(Rejection::UserNotFound),
        }
    }
}

/// Whether the kind of the caller's key allows an operation.
///
/// # Errors
/// [`ServiceError::Forbidden`].
pub fn authorize(caller: &Caller, operation: Operation) -> Result<(), ServiceError> {
    if role_matrix::permits(caller.grant.key.kind, operation) {
        Ok(())
    } else {
        Err(ServiceError::Forbidden)
    }
}
