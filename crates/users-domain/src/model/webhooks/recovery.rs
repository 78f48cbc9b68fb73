//! Recoveries: jobs that return dead letters to the queue of their destination.

use crate::model::words::words;
use crate::model::{ApplicationId, DestinationId, RecoveryId, Timestamp};

words!(
    /// State of a recovery.
    RecoveryState {
        /// Dead letters remain to be returned to the queue.
        Running = "running",
        /// All dead letters are returned to the queue.
        Finished = "finished",
    }
);

/// A durable job that returns dead letters to their queue, in order and with a new retry schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// The id.
    pub id: RecoveryId,
    /// The application.
    pub application: ApplicationId,
    /// The destination.
    pub destination: DestinationId,
    /// Includes dead letters created at or after this time.
    pub since: Timestamp,
    /// The state.
    pub state: RecoveryState,
    /// Number of dead letters returned to the queue.
    pub recovered: u64,
    /// When the recovery was requested.
    pub created_at: Timestamp,
    /// When the recovery finished.
    pub finished_at: Option<Timestamp>,
}
