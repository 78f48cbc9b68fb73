//! The backlog of deliveries, for monitoring, and the retention of events and attempts.

use std::time::Duration;

use async_trait::async_trait;

use crate::ports::StoreError;

/// The backlog of all applications. Counts stop at [`Backlog::COUNTED_TO`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Changes in the outbox whose deliveries are not created yet.
    pub outbox: u64,
    /// Age of the oldest of these changes.
    pub outbox_age: Duration,
    /// Deliveries that could be sent now.
    pub due: u64,
    /// Dead letters not yet recovered.
    pub dead_letters: u64,
    /// Lanes without due deliveries.
    pub idle_lanes: u64,
    /// Lanes with due deliveries that no worker has leased.
    pub ready_lanes: u64,
    /// Lanes leased by a worker.
    pub leased_lanes: u64,
    /// Lanes paused by the receiver or the breaker.
    pub paused_lanes: u64,
    /// Lanes of disabled destinations.
    pub disabled_lanes: u64,
    /// Rows of events or attempts outside of the daily partitions; should be 0.
    pub rows_without_partition: u64,
}

impl Backlog {
    /// Limit of each count.
    pub const COUNTED_TO: u64 = 100_000;
}

/// Reads the backlog.
#[async_trait]
pub trait BacklogReader: Send + Sync {
    /// Returns the current backlog.
    async fn backlog(&self) -> Result<Backlog, StoreError>;
}

/// Data removed because of its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Number of days of events and attempts.
    pub days: usize,
    /// Number of deliveries and dead letters of the removed events.
    pub deliveries: usize,
    /// Whether the removal of some days was postponed, because they are being read or another process is removing days.
    pub postponed: bool,
}

/// Creates daily partitions for events and attempts in advance, and removes the oldest days as a whole.
#[async_trait]
pub trait EventRetention: Send + Sync {
    /// Ensures partitions for today and `days_ahead` days. One that another process locks is left for the next call.
    async fn create_partitions(&self, days_ahead: u32) -> Result<(), StoreError>;

    /// Removes days that ended more than `keep_days` days ago (or longer ago than their owner's retention period),
    /// their pending deliveries, and recoveries that had finished by then. Moves events and attempts stored outside of
    /// the daily partitions into a partition.
    async fn sweep(&self, keep_days: u32) -> Result<Swept, StoreError>;
}
