//! Receipts of runs that erase users.

use super::{PurgeRunId, Timestamp};

/// Number of erased rows, by kind.
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
    /// Audit entries retained under a pseudonym, without their details.
    pub audit_entries: u64,
    /// Events retained without their bodies.
    pub events: u64,
}

/// The receipt of a run. Contains no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeReceipt {
    /// The run.
    pub id: PurgeRunId,
    /// When the run started, by the store's clock.
    pub started_at: Timestamp,
    /// When the run ended; `None` while it is in progress.
    pub finished_at: Option<Timestamp>,
    /// What the run erased.
    pub purged: PurgedUsers,
    /// The earliest and latest deletion time of the erased users; `None` if no user was erased.
    pub deleted_between: Option<(Timestamp, Timestamp)>,
    /// SHA-256 chain over the user ids in the order of erasure: the hash of 32 zero bytes and the first id, then the
    /// hash of the previous hash and the next id, and so on.
    pub ids_sha256: [u8; 32],
}
