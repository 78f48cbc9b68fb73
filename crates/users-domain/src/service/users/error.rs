//! Errors of the user use cases, and the permission check.

use thiserror::Error;

use crate::model::{Caller, Operation};
use crate::ports::{IdempotencyError, StoreError, WriteError};
use crate::rules::{Rejection, role_matrix};

/// Error of a use case.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServiceError {
    /// The caller's role does not permit the operation.
    #[error("the role does not permit this operation")]
    Forbidden,
    /// The domain rules reject the command.
    #[error(transparent)]
    Refused(#[from] Rejection),
    /// Concurrent changes of the same user prevented the commit; a retry can succeed.
    #[error("the user is being changed by concurrent requests")]
    Contended,
    /// The idempotency key was used for a different request.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    /// A request with this idempotency key is in progress; a retry can succeed later.
    #[error("a request with this idempotency key is in progress")]
    KeyInUse,
    /// The application has reached its quota of stored idempotent responses.
    #[error("the application has too many stored responses")]
    IdempotencyQuotaExceeded,
    /// The store failed.
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
            IdempotencyError::OverQuota => Self::IdempotencyQuotaExceeded,
            IdempotencyError::Store(error) => Self::Store(error),
        }
    }
}

/// Checks that the kind of the caller's key permits the operation.
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
