//! How long events and attempts are kept.

use async_trait::async_trait;

use crate::ports::StoreError;

/// What was removed for its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Days of events and attempts.
    pub days: usize,
    /// Deliveries and dead letters whose event went with them.
    pub deliveries: usize,
    /// Whether days are left for another time, because somebody reads them or another process removes some.
    pub put_off: bool,
}

/// Makes room for events and attempts ahead of time, and removes the oldest days as a whole.
#[async_trait]
pub trait EventRetention: Send + Sync {
    /// Makes sure that there is room for today and `days_ahead` more days; what another process makes, or keeps locked, is left to
    /// the next call.
    async fn make_room(&self, days_ahead: u32) -> Result<(), StoreError>;

    /// Removes days that ended more than `keep_days` days ago, or than their owner keeps them, what waits of them, and recoveries
    /// that were finished by then; and finds a day for events and attempts that came where there was no room for them.
    async fn sweep(&self, keep_days: u32) -> Result<Swept, StoreError>;
}
