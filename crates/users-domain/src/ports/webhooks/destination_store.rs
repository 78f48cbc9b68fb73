//! Destinations and their secrets.

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::model::webhooks::{
    DeliveryOrdering, Destination, DestinationDetail, DestinationLabel, DestinationOverview,
    DestinationUrl, SealedSecret, Subscriptions, WebhookVersion,
};
use crate::model::{ApplicationId, DestinationId, Timestamp};
use crate::ports::StoreError;

/// Why a destination was not added.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddDestinationError {
    /// The application has one with this URL.
    #[error("the application has a destination with this URL")]
    Duplicate,
    /// The application has as many as it may.
    #[error(
        "the application has {} destinations",
        Destination::MAX_PER_APPLICATION
    )]
    TooMany,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a destination was not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ChangeDestinationError {
    /// The application has another one with this URL.
    #[error("the application has a destination with this URL")]
    Duplicate,
    /// The application has no such destination.
    #[error("there is no such destination")]
    NotFound,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a client changes of a destination; `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DestinationChange {
    /// What people call it.
    pub label: Option<DestinationLabel>,
    /// Its address.
    pub url: Option<DestinationUrl>,
    /// Whether it is sent anything. Turning on forgets failures, breaker and pause, and what waits for its next attempt is
    /// due at once. Turning off what the service had disabled makes it the client's wish.
    pub enabled: Option<bool>,
    /// Whether turning it on puts aside what waits, as dead letters, instead of sending it.
    pub skip_waiting: bool,
    /// Kept and shown.
    pub version: Option<WebhookVersion>,
    /// What it wants to hear of, from now on.
    pub subscriptions: Option<Subscriptions>,
    /// What it is promised about order, also for what waits.
    pub ordering: Option<DeliveryOrdering>,
}

/// What is needed to send one event to a destination now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningTarget {
    /// The address.
    pub url: DestinationUrl,
    /// The secrets that sign now, newest first.
    pub secrets: Vec<SealedSecret>,
}

/// Keeps destinations. One of another application MUST NOT be found, changed or removed.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait DestinationStore: Send + Sync {
    /// Adds a destination with its first secret. Of two with one URL added at once, one MUST be refused. Where it is off, it
    /// MUST be so since now by the store's clock: what it is owed is found by comparing with that of changes.
    async fn add(
        &self,
        destination: Destination,
        secret: SealedSecret,
    ) -> Result<(), AddDestinationError>;

    /// All of an application, oldest first.
    async fn list(
        &self,
        application: ApplicationId,
    ) -> Result<Vec<DestinationOverview>, StoreError>;

    /// One of them.
    async fn find(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<Option<DestinationDetail>, StoreError>;

    /// Changes one. A change to what it is already MUST change nothing, `updated_at` included.
    async fn change(
        &self,
        application: ApplicationId,
        id: DestinationId,
        change: DestinationChange,
        at: Timestamp,
    ) -> Result<DestinationDetail, ChangeDestinationError>;

    /// Removes one with its secrets, its queue and its log. `false`: it was not there.
    async fn remove(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<bool, StoreError>;

    /// Makes `secret` the newest. Those before sign for `grace` from now on, unless they end earlier; at most
    /// [`crate::model::webhooks::SigningSecrets::MAX`] sign at once. With no grace, whoever works on the lane begins nothing
    /// more with the old ones. `false`: there is no such destination.
    async fn rotate_secret(
        &self,
        application: ApplicationId,
        id: DestinationId,
        secret: SealedSecret,
        grace: Duration,
    ) -> Result<bool, StoreError>;

    /// Where to send, and what signs now.
    async fn signing_target(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<Option<SigningTarget>, StoreError>;

    /// At most `limit` secrets of all applications, by an order that stays, from behind `after` on: for sealing them anew.
    async fn sealed_secrets(
        &self,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, DestinationId, SealedSecret)>, StoreError>;

    /// Puts `anew` where `before` still is. `false`: it is not there any more.
    async fn replace_sealed(
        &self,
        number: i64,
        before: SealedSecret,
        anew: SealedSecret,
    ) -> Result<bool, StoreError>;
}
