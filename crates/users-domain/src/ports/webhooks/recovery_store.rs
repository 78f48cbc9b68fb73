//! Jobs that put back what failed.

use async_trait::async_trait;

use crate::model::webhooks::Recovery;
use crate::model::{ApplicationId, DestinationId, RecoveryId};
use crate::ports::StoreError;

/// Keeps recoveries, and does their work in portions. A process that dies in the middle of one MUST lose and repeat
/// nothing: any other goes on where it stopped.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait RecoveryStore: Send + Sync {
    /// Starts one. The answer is the recovery with the store's time as `created_at`; `None`: the application has no such
    /// destination.
    async fn start(&self, recovery: Recovery) -> Result<Option<Recovery>, StoreError>;

    /// One of them.
    async fn find(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        id: RecoveryId,
    ) -> Result<Option<Recovery>, StoreError>;

    /// Takes up at most `limit` dead letters of one running recovery, in their order: puts them back, or drops them where
    /// their event is no longer kept. Only those count that were given up on before the recovery was asked for. Answers
    /// how many it took up; 0 when nothing is left to be done.
    async fn advance(&self, limit: usize) -> Result<usize, StoreError>;
}
