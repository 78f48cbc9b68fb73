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
pub(crate) struct PollBackoff {
    polls: Polls,
    wait: Duration,
}

impl PollBackoff {
    pub(crate) const fn new(polls: Polls) -> Self {
        let wait = polls.shortest;
        Self { polls, wait }
    }

    pub(crate) const fn found(&mut self) {
        self.wait = self.polls.shortest;
    }

    pub(crate) fn found_nothing(&mut self) {
        self.wait = (2 * self.wait).min(self.polls.longest);
    }

    /// Lengthens the wait because the store did not respond.
    pub(crate) fn failed(&mut self) {
        self.wait = (2 * self.wait).min(LONGEST_BACKOFF);
    }

    pub(crate) const fn wait(&self) -> Duration {
        self.wait
    }
}

#[cfg(test)]
mod tests;
