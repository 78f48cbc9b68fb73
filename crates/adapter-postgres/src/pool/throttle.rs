//! Limits how often a repeated message is logged.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Admits one message per interval.
#[derive(Debug)]
pub(super) struct Throttle {
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    suppressed: u64,
}

impl Throttle {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, state: Mutex::default() }
    }

    /// Returns the number of messages suppressed since the last one if a message may be logged now, otherwise `None`.
    pub(super) fn admit(&self, now: Instant) -> Option<u64> {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let early =
            state.last.is_some_and(|last| now.saturating_duration_since(last) < self.interval);
        if early {
            state.suppressed += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.suppressed))
    }
}

#[cfg(test)]
mod tests;
