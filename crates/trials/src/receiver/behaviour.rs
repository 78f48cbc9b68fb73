//! How a destination of the receiver answers.

use std::time::Duration;

use crate::dice::mixed;

/// How a destination behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes everything at once.
    Healthy,
    /// Takes everything after this time.
    Slow(Duration),
    /// Does not answer.
    Hangs,
    /// Does not answer until it behaves otherwise, and then answers as that does.
    Holds,
    /// Answers 500 to everything.
    Refuses,
    /// Answers 500 to the first request for so many events of a hundred; which ones follows from their ids.
    RefusesFirst {
        /// How many of a hundred.
        percent: u64,
    },
}

/// Longer than any client waits.
const FOREVER: Duration = Duration::from_mins(5);

impl Behaviour {
    /// How long the answer takes.
    #[must_use]
    pub const fn delay(self) -> Duration {
        match self {
            Self::Slow(delay) => delay,
            Self::Hangs => FOREVER,
            Self::Healthy | Self::Holds | Self::Refuses | Self::RefusesFirst { .. } => {
                Duration::ZERO
            }
        }
    }

    /// Whether the request is accepted; `earlier` requests for the same event came before.
    #[must_use]
    pub fn accepts(self, event: &str, earlier: usize) -> bool {
        match self {
            Self::Healthy | Self::Slow(_) => true,
            Self::Hangs | Self::Holds | Self::Refuses => false,
            Self::RefusesFirst { percent } => {
                let number = event
                    .bytes()
                    .fold(0, |sum, byte| mixed(sum ^ u64::from(byte)));
                earlier > 0 || number % 100 >= percent
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_first_requests_are_refused_and_no_second_one() {
        let behaviour = Behaviour::RefusesFirst { percent: 10 };
        let refused = (0..1_000)
            .filter(|number| !behaviour.accepts(&format!("event {number}"), 0))
            .count();
        assert!((50..200).contains(&refused), "{refused}");
        assert!((0..1_000).all(|number| behaviour.accepts(&format!("event {number}"), 1)));
        assert!(!Behaviour::Refuses.accepts("e", 5));
        assert!(Behaviour::Hangs.delay() > Duration::from_mins(1));
    }
}
