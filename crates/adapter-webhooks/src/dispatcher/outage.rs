//! A store that is away, told once.

use std::sync::atomic::{AtomicBool, Ordering};

use users_domain::ports::StoreError;

/// Logs when a store stops answering and when it answers again, and not each call between. A defect is logged every time:
/// no two need be the same.
#[derive(Debug)]
pub struct StoreOutage {
    part: &'static str,
    away: AtomicBool,
}

impl StoreOutage {
    /// Of the part of delivery with this name.
    #[must_use]
    pub const fn new(part: &'static str) -> Self {
        Self {
            part,
            away: AtomicBool::new(false),
        }
    }

    /// A call failed.
    pub fn failed(&self, error: &StoreError) {
        let part = self.part;
        match error {
            StoreError::Defect { .. } => tracing::error!(part, %error, "the store failed"),
            StoreError::Unavailable { .. } | StoreError::TooSlow
                if self.away.swap(true, Ordering::Relaxed) =>
            {
                tracing::debug!(part, %error, "the store is still away");
            }
            StoreError::Unavailable { .. } | StoreError::TooSlow => {
                tracing::warn!(part, %error, "the store is away: delivery waits");
            }
        }
    }

    /// A call was answered.
    pub fn answered(&self) {
        if self.away.load(Ordering::Relaxed) && self.away.swap(false, Ordering::Relaxed) {
            tracing::info!(part = self.part, "the store answers again");
        }
    }
}
