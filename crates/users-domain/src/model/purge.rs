//! What is left in writing of a run that erases users.

use super::{PurgeRunId, Timestamp};

/// How much was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PurgedUsers {
    /// Users.
    pub users: u64,
    /// Their sessions.
    pub sessions: u64,
    /// Their transactions.
    pub transactions: u64,
    /// Their risk events.
    pub risk_events: u64,
    /// Audit entries that stay without their details, under a pseudonym.
    pub audit_entries: u64,
    /// Events that stay without their bodies.
    pub events: u64,
}

/// What proves a run. Nothing in it is personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeReceipt {
    /// The run.
    pub id: PurgeRunId,
    /// When it began, by the store's clock.
    pub started_at: Timestamp,
    /// When it ended; none while it is under way.
    pub finished_at: Option<Timestamp>,
    /// How much it erased.
    pub purged: PurgedUsers,
    /// When the first and the last of the users were deleted; none where there was none.
    pub deleted_between: Option<(Timestamp, Timestamp)>,
    /// Over the ids in the order they were erased: of 32 zero bytes and the first id, of that and the second id, and so on,
    /// each time SHA-256.
    pub ids_sha256: [u8; 32],
}
