//! Errors of the destination use cases.

use thiserror::Error;

use crate::model::webhooks::Destination;
use crate::ports::{AddDestinationError, ChangeDestinationError, StoreError, VaultError};

/// Error of a destination use case.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DestinationError {
    /// The caller's role does not permit the operation.
    #[error("the role does not permit this operation")]
    Forbidden,
    /// The application has no such destination.
    #[error("there is no such destination")]
    DestinationNotFound,
    /// The destination has no such delivery, or it is no longer stored.
    #[error("there is no such delivery")]
    DeliveryNotFound,
    /// The destination has no such recovery.
    #[error("there is no such recovery")]
    RecoveryNotFound,
    /// The application has another destination with this URL.
    #[error("the application has a destination with this URL")]
    Duplicate,
    /// The application has the maximum number of destinations.
    #[error("the application has {} destinations", Destination::MAX_PER_APPLICATION)]
    TooMany,
    /// The body of the event was erased with its user.
    #[error("the event was erased")]
    Erased,
    /// The event is older than the retention period.
    #[error("the event is no longer stored")]
    Expired,
    /// The delivery was a test; test events are not stored. Send a new test instead.
    #[error("a test event cannot be sent again")]
    OnlyATest,
    /// The limit of concurrent tests and resends (of this application or in total) or of DNS lookups is reached.
    #[error("too many tests and resends are in progress")]
    Busy,
    /// Secrets could not be sealed or opened: a defect, or a key that is missing from the configuration.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AddDestinationError> for DestinationError {
    fn from(error: AddDestinationError) -> Self {
        match error {
            AddDestinationError::Duplicate => Self::Duplicate,
            AddDestinationError::TooMany => Self::TooMany,
            AddDestinationError::Store(error) => Self::Store(error),
        }
    }
}

impl From<ChangeDestinationError> for DestinationError {
    fn from(error: ChangeDestinationError) -> Self {
        match error {
            ChangeDestinationError::Duplicate => Self::Duplicate,
            ChangeDestinationError::NotFound => Self::DestinationNotFound,
            ChangeDestinationError::Store(error) => Self::Store(error),
        }
    }
}
