//! Logs outages of the limiter: their start, once a minute while they last, and their end.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use users_domain::ports::StoreError;

/// The shortest time between two warnings, however many requests are uncounted.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// Logs that requests are not counted, without a line for each request.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Since>);

#[derive(Debug, Default)]
struct Since {
    /// When the last warning was logged; an outage may begin and end more often.
    warned_at: Option<Instant>,
    /// Whether the end of an outage is still to be logged.
    active: bool,
    /// Uncounted requests since the last warning.
    requests: u64,
}

impl Outage {
    /// Records a request that could not be counted and is admitted.
    pub(super) fn uncounted(&self, error: &StoreError, now: Instant) {
        if let Some(requests) = self.due(now) {
            tracing::warn!(
                requests,
                %error,
                "requests go on without being counted: limits do not hold"
            );
        }
    }

    pub(super) fn counted(&self) {
        if self.is_over() {
            tracing::info!("requests are counted again");
        }
    }

    /// The number of uncounted requests to log now, if a warning is due.
    fn due(&self, now: Instant) -> Option<u64> {
        let mut since = self.since();
        since.requests += 1;
        let recent = |at: Instant| now.saturating_duration_since(at) < WARNING_INTERVAL;
        if since.warned_at.is_some_and(recent) {
            return None;
        }
        since.warned_at = Some(now);
        since.active = true;
        Some(std::mem::take(&mut since.requests))
    }

    fn is_over(&self) -> bool {
        std::mem::take(&mut self.since().active)
    }

    /// A panic cannot leave the data inconsistent, so a poisoned lock is usable.
    fn since(&self) -> MutexGuard<'_, Since> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
