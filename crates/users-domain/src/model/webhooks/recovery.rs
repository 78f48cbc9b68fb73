//! Putting back what failed.

use crate::model::{ApplicationId, DestinationId, InvalidValue, RecoveryId, Timestamp};

/// How far a recovery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecoveryState {
    /// Dead letters are still being put back.
    Running,
    /// All are.
    Finished,
}

impl RecoveryState {
    /// Every state.
    pub const ALL: [Self; 2] = [Self::Running, Self::Finished];

    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished => "finished",
        }
    }

    /// Reads the word of the API, exactly.
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

/// A durable job that puts the dead letters of a destination back into its queue, in their order, to be tried from the
/// first step of the schedule on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Its id.
    pub id: RecoveryId,
    /// Whose.
    pub application: ApplicationId,
    /// Which destination's.
    pub destination: DestinationId,
    /// Those that were given up on at or after this time.
    pub since: Timestamp,
    /// How far it is.
    pub state: RecoveryState,
    /// How many it has put back.
    pub recovered: u64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was done.
    pub finished_at: Option<Timestamp>,
}
