//! What is logged while nobody can count: when it begins, now and then while it lasts, and when it is over.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use users_domain::ports::StoreError;

/// The log is told again after this time, however many requests go uncounted.
const TOLD_EVERY: Duration = Duration::from_mins(1);

/// Tells that requests are not counted, without a line for each of them.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Since>);

#[derive(Debug, Default)]
struct Since {
    /// When the log was told last; it may begin and end more often than that.
    told_at: Option<Instant>,
    /// Whether the end is still to be told.
    away: bool,
    /// How many went uncounted since the log was told.
    requests: u64,
}

impl Outage {
    /// A request could not be counted, and goes on.
    pub(super) fn uncounted(&self, error: &StoreError, now: Instant) {
        if let Some(requests) = self.due(now) {
            tracing::warn!(
                requests,
                %error,
                "requests go on without being counted: limits do not hold"
            );
        }
    }

    /// A request was counted.
    pub(super) fn counted(&self) {
        if self.is_over() {
            tracing::info!("requests are counted again");
        }
    }

    /// How many the log is to be told of now.
    fn due(&self, now: Instant) -> Option<u64> {
        let mut since = self.since();
        since.requests += 1;
        let told = |at: Instant| now.saturating_duration_since(at) < TOLD_EVERY;
        if since.told_at.is_some_and(told) {
            return None;
        }
        since.told_at = Some(now);
        since.away = true;
        Some(std::mem::take(&mut since.requests))
    }

    fn is_over(&self) -> bool {
        std::mem::take(&mut self.since().away)
    }

    /// Nothing is ever left half changed under this lock.
    fn since(&self) -> MutexGuard<'_, Since> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once_a_minute_and_its_end_once() {
        let (outage, began) = (Outage::default(), Instant::now());
        assert!(!outage.is_over());
        assert_eq!(outage.due(began), Some(1));
        for seconds in [0, 1, 59] {
            assert_eq!(outage.due(began + Duration::from_secs(seconds)), None);
        }
        assert_eq!(outage.due(began + TOLD_EVERY), Some(4));
        assert!(outage.is_over());
        assert!(!outage.is_over());
    }

    #[test]
    fn one_that_comes_and_goes_does_not_fill_the_log() {
        let (outage, began) = (Outage::default(), Instant::now());
        assert_eq!(outage.due(began), Some(1));
        assert!(outage.is_over());
        for millis in 0..100 {
            assert_eq!(outage.due(began + Duration::from_millis(millis)), None);
            assert!(!outage.is_over());
        }
        assert_eq!(outage.due(began + TOLD_EVERY), Some(101));
    }
}
