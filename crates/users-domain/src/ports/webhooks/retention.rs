//! Retention of events and attempts.

use async_trait::async_trait;

use crate::ports::StoreError;

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
    /// Ensures partitions for today and `days_ahead` more days. A partition that another process creates or locks is
    /// left for the next call.
    async fn create_partitions(&self, days_ahead: u32) -> Result<(), StoreError>;

    /// Removes days that ended more than `keep_days` days ago (or longer ago than their owner's retention period),
    /// their pending deliveries, and recoveries that had finished by then. Moves events and attempts stored outside of
    /// the daily partitions into a partition.
    async fn sweep(&self, keep_days: u32) -> Result<Swept, StoreError>;
}
