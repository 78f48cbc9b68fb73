//! The store of recoveries.

use async_trait::async_trait;

use crate::model::webhooks::Recovery;
use crate::model::{ApplicationId, DestinationId, RecoveryId};
use crate::ports::StoreError;

/// Stores recoveries and executes them in portions. After a crash, another process MUST continue at the same point.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait RecoveryStore: Send + Sync {
    /// Starts a recovery. Returns it with the store's time as `created_at`; `None` if the application has no such
    /// destination. If a recovery of the destination is already running, returns that one. If its `since` is later than
    /// the requested one, its `since` is set to the requested one and the recovery restarts. Dead letters created after
    /// its first request are not included.
    async fn start(&self, recovery: Recovery) -> Result<Option<Recovery>, StoreError>;

    /// Returns one recovery. A recovery that finished before the retention period of events MAY be absent.
    async fn find(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        id: RecoveryId,
    ) -> Result<Option<Recovery>, StoreError>;

    /// Processes at most `limit` dead letters of one running recovery, in their order: returns them to the queue, or
    /// drops them if their event was removed or erased. Only dead letters created before the request of the recovery
    /// are included. Returns the number of processed dead letters; 0 if no work is left.
    async fn advance(&self, limit: usize) -> Result<usize, StoreError>;
}
