//! Says something now and then that would be said all the time.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Lets one through per interval.
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
        Self {
            interval,
            state: Mutex::default(),
        }
    }

    /// Whether to speak now, and if so how often nothing was said since the last time.
    pub(super) fn admit(&self, now: Instant) -> Option<u64> {
        let mut state = self
            .state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let early = state
            .last
            .is_some_and(|last| now.saturating_duration_since(last) < self.interval);
        if early {
            state.suppressed += 1;
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_per_interval_is_let_through_with_the_number_of_the_others() {
        let throttle = Throttle::new(Duration::from_secs(10));
        let start = Instant::now();
        let answers =
            [0, 1, 9, 10, 11, 30].map(|at| throttle.admit(start + Duration::from_secs(at)));
        assert_eq!(answers, [Some(0), None, None, Some(2), None, Some(1)]);
    }
}
