//! The log of delivery attempts.

use async_trait::async_trait;

use crate::model::webhooks::{Attempt, AttemptPage, AttemptQuery, StoredMessage};
use crate::model::{ApplicationId, AttemptId, DestinationId, EventId, Timestamp};
use crate::ports::StoreError;

/// The log of attempts, retained as long as events. Attempts of another application or destination MUST NOT be found.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait AttemptLog: Send + Sync {
    /// Returns one page, newest first.
    async fn list(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        query: &AttemptQuery,
    ) -> Result<AttemptPage, StoreError>;

    /// Returns one attempt.
    async fn find(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        id: AttemptId,
    ) -> Result<Option<Attempt>, StoreError>;

    /// Adds an attempt outside the schedule, and includes it in the destination's statistics. Returns the attempt with
    /// the store's time as `created_at`. If the destination was removed in the meantime, the attempt is not stored. A
    /// successful resend removes the dead letter of the event.
    async fn add(&self, attempt: Attempt) -> Result<Attempt, StoreError>;

    /// Returns the event stored at this time; `None` once its retention period is over.
    async fn message(
        &self,
        application: ApplicationId,
        event: EventId,
        recorded_at: Timestamp,
    ) -> Result<Option<StoredMessage>, StoreError>;
}
