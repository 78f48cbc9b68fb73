//! The store of destinations and their secrets.

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::model::webhooks::{
    Destination, DestinationDetail, DestinationOverview, DestinationUrl, SealedSecret,
};
use crate::model::{ApplicationId, DestinationId, Timestamp};
use crate::ports::StoreError;
pub use crate::rules::webhooks::DestinationChange;

/// Why a destination was not added.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddDestinationError {
    /// The application already has a destination with this URL.
    #[error("the application has a destination with this URL")]
    Duplicate,
    /// The application has reached the maximum number of destinations.
    #[error("the application has {} destinations", Destination::MAX_PER_APPLICATION)]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a destination was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeDestinationError {
    /// The application has another destination with this URL.
    #[error("the application has a destination with this URL")]
    Duplicate,
    /// The application has no such destination.
    #[error("there is no such destination")]
    NotFound,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The data needed to send one event to a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningTarget {
    /// The URL.
    pub url: DestinationUrl,
    /// The currently signing secrets, newest first.
    pub secrets: Vec<SealedSecret>,
}

/// Stores destinations. A destination of another application MUST NOT be found, changed or removed.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait DestinationStore: Send + Sync {
    /// Adds a destination with its first secret. If two destinations with one URL are added concurrently, one MUST be
    /// rejected. A destination that is added as disabled MUST be disabled since the current time of the store's clock,
    /// because this time is compared with the times of changes to find the events to deliver.
    async fn add(
        &self,
        destination: Destination,
        secret: SealedSecret,
    ) -> Result<(), AddDestinationError>;

    /// Returns all destinations of an application, oldest first.
    async fn list(
        &self,
        application: ApplicationId,
    ) -> Result<Vec<DestinationOverview>, StoreError>;

    /// Returns one destination.
    async fn find(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<Option<DestinationDetail>, StoreError>;

    /// Changes a destination. A change to the current values MUST change nothing, including `updated_at`.
    async fn change(
        &self,
        application: ApplicationId,
        id: DestinationId,
        change: DestinationChange,
        at: Timestamp,
    ) -> Result<DestinationDetail, ChangeDestinationError>;

    /// Removes a destination with its secrets, queue and log. Returns `false` if it does not exist.
    async fn remove(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<bool, StoreError>;

    /// Makes `secret` the newest secret. Previous secrets sign for another `grace`, unless they end earlier; at most
    /// [`crate::model::webhooks::SigningSecrets::MAX`] secrets sign at the same time. Without grace, a worker of the
    /// lane starts no further attempts with the old secrets. Returns `false` if the destination does not exist.
    async fn rotate_secret(
        &self,
        application: ApplicationId,
        id: DestinationId,
        secret: SealedSecret,
        grace: Duration,
    ) -> Result<bool, StoreError>;

    /// Returns the URL and the currently signing secrets.
    async fn signing_target(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<Option<SigningTarget>, StoreError>;

    /// Returns at most `limit` secrets of all applications after `after`, in a stable order, to seal them again.
    async fn sealed_secrets(
        &self,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, DestinationId, SealedSecret)>, StoreError>;

    /// Replaces `before` with `resealed`. Returns `false` if the stored secret is no longer `before`.
    async fn replace_sealed(
        &self,
        number: i64,
        before: SealedSecret,
        resealed: SealedSecret,
    ) -> Result<bool, StoreError>;
}
