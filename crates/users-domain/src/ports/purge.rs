//! Erasing users whose retention is over, with all that is theirs.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{ApplicationId, DeletedPosition, PurgeReceipt, PurgeRunId, Timestamp};

/// What one portion of a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PurgePortion {
    /// Users that were erased.
    pub erased: u64,
    /// Users of whom something is still to be delivered: they are left for a later run.
    pub waiting: u64,
    /// Where the next portion begins; none: nobody is left.
    pub reached: Option<DeletedPosition>,
}

/// Who would be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PurgeDue {
    /// Deleted users whose retention is over and whom no legal hold keeps.
    pub due: u64,
    /// Those among them of whom something is still to be delivered.
    pub waiting: u64,
    /// Deleted users whose retention is over and whom a legal hold keeps, also for a while after it was lifted.
    pub held: u64,
}

/// Erases users. The audit trail keeps who did what when under a pseudonym, and events stay without their bodies.
///
/// - A user under legal hold, one that is not deleted, one that was deleted after the time that is given, and one of whom
///   something is still to be delivered MUST stay whole.
/// - A user MUST go with all that is personal of it, or not at all.
/// - Two portions MUST NOT be at work at once, whichever processes ask for them.
/// - What a run erased MUST be in its receipt once it is erased.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait PurgeStore: Send + Sync {
    /// The run that was left unfinished, or else a new one of this id. None: one ended in this moment.
    async fn begin(&self, id: PurgeRunId) -> Result<Option<PurgeReceipt>, StoreError>;

    /// Erases at most `most` users of an application that were deleted by a time, from behind `after` on, in the order of their
    /// deletion. None: somebody else is at it, or the run is over.
    async fn purge(
        &self,
        run: PurgeRunId,
        application: ApplicationId,
        deleted_by: Timestamp,
        after: Option<DeletedPosition>,
        most: usize,
    ) -> Result<Option<PurgePortion>, StoreError>;

    /// Ends a run; its receipt, unless it erased nobody.
    async fn finish(&self, run: PurgeRunId) -> Result<Option<PurgeReceipt>, StoreError>;

    /// Who of an application [`PurgeStore::purge`] would erase now, having been deleted by a time.
    async fn due(
        &self,
        application: ApplicationId,
        deleted_by: Timestamp,
    ) -> Result<PurgeDue, StoreError>;
}
