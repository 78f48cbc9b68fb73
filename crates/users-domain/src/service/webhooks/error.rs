//! Why a use case around destinations does not do what was asked.

use thiserror::Error;

use crate::model::webhooks::Destination;
use crate::ports::{AddDestinationError, ChangeDestinationError, StoreError, VaultError};

/// Why a use case around destinations did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DestinationError {
    /// The caller's role does not allow it.
    #[error("the role may not do this")]
    Forbidden,
    /// The application has no such destination.
    #[error("there is no such destination")]
    DestinationNotFound,
    /// The destination has no such delivery, or none any more.
    #[error("there is no such delivery")]
    DeliveryNotFound,
    /// The destination has no such recovery.
    #[error("there is no such recovery")]
    RecoveryNotFound,
    /// The application has another destination with this URL.
    #[error("the application has a destination with this URL")]
    Duplicate,
    /// The application has as many destinations as it may.
    #[error(
        "the application has {} destinations",
        Destination::MAX_PER_APPLICATION
    )]
    TooMany,
    /// The body of the event was erased with its user.
    #[error("the event was erased")]
    Erased,
    /// The event is older than events are kept.
    #[error("the event is no longer kept")]
    Expired,
    /// The delivery was a test, whose event is not kept: a new test does the same.
    #[error("a test event cannot be sent again")]
    OnlyATest,
    /// As many tests and resends are under way as may be at once, for this application or for all, or names are being looked
    /// up.
    #[error("too many tests and resends are under way")]
    Busy,
    /// Secrets could not be sealed or opened: a defect, or a key that is missing from the configuration.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The store did not answer.
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
