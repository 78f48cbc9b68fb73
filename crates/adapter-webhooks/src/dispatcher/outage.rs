//! Logging of store outages, once per outage.

use std::sync::atomic::{AtomicBool, Ordering};

use users_domain::ports::StoreError;

/// Logs when a store becomes unavailable and when it responds again, but not every failed call in between. A defect is
/// logged every time, because defects may differ.
#[derive(Debug)]
pub struct StoreOutage {
    part: &'static str,
    unavailable: AtomicBool,
}

impl StoreOutage {
    /// Creates the log state of the named part of delivery.
    #[must_use]
    pub const fn new(part: &'static str) -> Self {
        Self { part, unavailable: AtomicBool::new(false) }
    }

    /// Records a failed call.
    pub fn failed(&self, error: &StoreError) {
        let part = self.part;
        match error {
            StoreError::Defect { .. } => tracing::error!(part, %error, "the store failed"),
            StoreError::Unavailable { .. } | StoreError::TooSlow
                if self.unavailable.swap(true, Ordering::Relaxed) =>
            {
                tracing::debug!(part, %error, "the store is still unavailable");
            }
            StoreError::Unavailable { .. } | StoreError::TooSlow => {
                tracing::warn!(part, %error, "the store is unavailable: delivery waits");
            }
        }
    }

    /// Records a successful call.
    pub fn answered(&self) {
        if self.unavailable.load(Ordering::Relaxed)
            && self.unavailable.swap(false, Ordering::Relaxed)
        {
            tracing::info!(part = self.part, "the store responds again");
        }
    }
}
