//! What was tried.

use async_trait::async_trait;

use crate::model::webhooks::{Attempt, AttemptPage, AttemptQuery, StoredMessage};
use crate::model::{ApplicationId, AttemptId, DestinationId, EventId, Timestamp};
use crate::ports::StoreError;

/// The log of attempts, kept as long as events are. Attempts of another application or destination MUST NOT be found.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait AttemptLog: Send + Sync {
    /// One page, newest first.
    async fn list(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        query: &AttemptQuery,
    ) -> Result<AttemptPage, StoreError>;

    /// One of them.
    async fn find(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        id: AttemptId,
    ) -> Result<Option<Attempt>, StoreError>;

    /// Adds an attempt that was made beside the schedule, and counts it in the destination's statistics. The answer is the
    /// attempt with the store's time as `created_at`. That of a destination which was removed meanwhile is not kept. Where
    /// the event was given up on and is delivered by a resend, it is no longer a dead letter of the destination.
    async fn add(&self, attempt: Attempt) -> Result<Attempt, StoreError>;

    /// The event that was stored at that time; `None` once it is older than events are kept.
    async fn message(
        &self,
        application: ApplicationId,
        event: EventId,
        recorded_at: Timestamp,
    ) -> Result<Option<StoredMessage>, StoreError>;
}
