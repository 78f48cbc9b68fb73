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
    /// destination. While one of the destination is running, that one is the answer: where it began later than is wished,
    /// its `since` becomes the wished one, and it looks at everything again. It does not take up what was given up on after
    /// it was asked for first.
    async fn start(&self, recovery: Recovery) -> Result<Option<Recovery>, StoreError>;

    /// One of them. One that was finished longer ago than events are kept MAY be gone.
    async fn find(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        id: RecoveryId,
    ) -> Result<Option<Recovery>, StoreError>;

    /// Takes up at most `limit` dead letters of one running recovery, in their order: puts them back, or drops them where
    /// their event is no longer kept or was erased. Only those count that were given up on before the recovery was asked for. Answers
    /// how many it took up; 0 when nothing is left to be done.
    async fn advance(&self, limit: usize) -> Result<usize, StoreError>;
}
