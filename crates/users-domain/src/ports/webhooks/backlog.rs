//! What waits, for those who watch.

use std::time::Duration;

use async_trait::async_trait;

use crate::ports::StoreError;

/// What waits, over all applications. Counts stop at [`Backlog::COUNTED_TO`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Changes whose deliveries are not made yet.
    pub outbox: u64,
    /// How long the oldest of them has waited.
    pub outbox_age: Duration,
    /// Deliveries that could be sent now.
    pub due: u64,
    /// Deliveries given up on and not yet recovered.
    pub dead_letters: u64,
    /// Lanes without anything due.
    pub idle_lanes: u64,
    /// Lanes with something due that no worker has.
    pub ready_lanes: u64,
    /// Lanes that a worker has.
    pub leased_lanes: u64,
    /// Lanes that are held back by their receiver or breaker.
    pub paused_lanes: u64,
    /// Lanes of disabled destinations.
    pub disabled_lanes: u64,
    /// Rows of events or attempts that no day's partition took: should be 0.
    pub rows_without_partition: u64,
}

impl Backlog {
    /// Each count stops here.
    pub const COUNTED_TO: u64 = 100_000;
}

/// Looks at what waits.
#[async_trait]
pub trait BacklogReader: Send + Sync {
    /// As it is now.
    async fn backlog(&self) -> Result<Backlog, StoreError>;
}
