//! Why a use case does not do what was asked, and the check that comes before each.

use thiserror::Error;

use crate::model::{Caller, Operation};
use crate::ports::{IdempotencyError, StoreError, WriteError};
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
    /// The call's key was used for another call.
    #[error("the key belongs to another call")]
    KeyReused,
    /// A call with this key is being carried out: the same one may be answered later.
    #[error("a call with this key is under way")]
    KeyInUse,
    /// The application keeps as many answers for repeats as it may.
    #[error("the application keeps too many answers")]
    TooManyKeptAnswers,
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

impl From<IdempotencyError> for ServiceError {
    fn from(error: IdempotencyError) -> Self {
        match error {
            IdempotencyError::Reused => Self::KeyReused,
            IdempotencyError::InUse => Self::KeyInUse,
            IdempotencyError::OverQuota => Self::TooManyKeptAnswers,
            IdempotencyError::Store(error) => Self::Store(error),
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
