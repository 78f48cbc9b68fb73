//! Erasure of users whose retention period is over, with all their data.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{ApplicationId, DeletedPosition, PurgeReceipt, PurgeRunId, Timestamp};

/// Result of one portion of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PurgePortion {
    /// Number of erased users.
    pub erased: u64,
    /// Number of users with undelivered events; a later run erases them.
    pub waiting: u64,
    /// Position after which the next portion starts; `None` if no users are left.
    pub reached: Option<DeletedPosition>,
}

/// Number of users that a run would erase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PurgeDue {
    /// Deleted users whose retention period is over and that are not under legal hold.
    pub due: u64,
    /// Those of them with undelivered events.
    pub waiting: u64,
    /// Those whose retention period is over but which a legal hold, or the waiting time after one, protects.
    pub held: u64,
}

/// Erases users. Audit entries are retained under a pseudonym, without details; events are retained without bodies.
///
/// - A user MUST stay unchanged if it is held, not deleted, deleted too late, or has undelivered events.
/// - A user MUST be erased atomically with all its personal data.
/// - Two portions MUST NOT run at the same time, in any processes.
/// - Erased users MUST be included in the receipt of the run as soon as they are erased.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait PurgeStore: Send + Sync {
    /// Returns the unfinished run, or starts a new one with this id. `None` if another run ended during the call.
    async fn begin(&self, id: PurgeRunId) -> Result<Option<PurgeReceipt>, StoreError>;

    /// Erases at most `most` users of an application that were deleted at or before `deleted_by`, after position
    /// `after`, in the order of their deletion. `None` if another process is erasing or the run is over.
    async fn purge(
        &self,
        run: PurgeRunId,
        application: ApplicationId,
        deleted_by: Timestamp,
        after: Option<DeletedPosition>,
        most: usize,
    ) -> Result<Option<PurgePortion>, StoreError>;

    /// Finishes a run. Returns its receipt, or `None` if it erased no users.
    async fn finish(&self, run: PurgeRunId) -> Result<Option<PurgeReceipt>, StoreError>;

    /// Counts the users deleted at or before `deleted_by` that [`PurgeStore::purge`] would erase now.
    async fn due(
        &self,
        application: ApplicationId,
        deleted_by: Timestamp,
    ) -> Result<PurgeDue, StoreError>;
}
