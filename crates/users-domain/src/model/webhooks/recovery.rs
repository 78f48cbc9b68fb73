//! Recoveries: jobs that return dead letters to the queue of their destination.

use crate::model::{ApplicationId, DestinationId, InvalidValue, RecoveryId, Timestamp};

/// State of a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecoveryState {
    /// Dead letters remain to be returned to the queue.
    Running,
    /// All dead letters are returned to the queue.
    Finished,
}

impl RecoveryState {
    /// Every state.
    pub const ALL: [Self; 2] = [Self::Running, Self::Finished];

    /// The value in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
        }
    }

    /// Parses the exact value of the API.
    ///
    /// # Errors
    /// [`InvalidValue::UnknownWord`].
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(InvalidValue::UnknownWord)
    }
}

/// A durable job that returns the dead letters of a destination to its queue, in their order. Their retry schedule
/// starts again from the first step.
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
