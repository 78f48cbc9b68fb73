//! The wait of a loop between two rounds.

use std::time::Duration;

/// Maximum wait while a store is unavailable.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// The minimum and the maximum wait between two polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Polls {
    /// Wait after a poll that found work.
    pub shortest: Duration,
    /// Maximum wait after polls that found no work.
    pub longest: Duration,
}

/// The wait of one loop: short while there is work, longer after each poll that finds none.
pub(super) struct PollBackoff {
    polls: Polls,
    wait: Duration,
}

impl PollBackoff {
    pub(super) const fn new(polls: Polls) -> Self {
        let wait = polls.shortest;
        Self { polls, wait }
    }

    pub(super) const fn found(&mut self) {
        self.wait = self.polls.shortest;
    }

    pub(super) fn found_nothing(&mut self) {
        self.wait = (2 * self.wait).min(self.polls.longest);
    }

    /// Lengthens the wait because the store did not respond.
    pub(super) fn failed(&mut self) {
        self.wait = (2 * self.wait).min(LONGEST_BACKOFF);
    }

    pub(super) const fn wait(&self) -> Duration {
        self.wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_their_limits_and_fall_at_once() {
        let millis = Duration::from_millis;
        let mut pace = PollBackoff::new(Polls {
            shortest: millis(20),
            longest: millis(250),
        });
        let mut waits = vec![pace.wait()];
        for _ in 0..5 {
            pace.found_nothing();
            waits.push(pace.wait());
        }
        assert_eq!(waits, [20, 40, 80, 160, 250, 250].map(millis));
        for _ in 0..10 {
            pace.failed();
        }
        assert_eq!(pace.wait(), LONGEST_BACKOFF);
        pace.found_nothing();
        assert_eq!(pace.wait(), millis(250));
        pace.found();
        assert_eq!(pace.wait(), millis(20));
    }
}
