//! Responses of a destination of the receiver.

use std::time::Duration;

use crate::dice::mixed;

/// How a destination behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Accepts everything immediately.
    Healthy,
    /// Accepts everything after this delay.
    Slow(Duration),
    /// Does not respond.
    Hangs,
    /// Does not respond until another behaviour is set, which then determines the response.
    Holds,
    /// Returns 500 to every request.
    Refuses,
    /// Returns 500 to the first request for a share of the events, chosen by their ids.
    RefusesFirst {
        /// The share.
        percent: u64,
    },
}

/// Longer than the timeout of any client.
const FOREVER: Duration = Duration::from_mins(5);

impl Behaviour {
    /// Delay of the response.
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

    /// Whether a request is accepted after `earlier` requests for the same event.
    #[must_use]
    pub fn accepts(self, event: &str, earlier: usize) -> bool {
        match self {
            Self::Healthy | Self::Slow(_) => true,
            Self::Hangs | Self::Holds | Self::Refuses => false,
            Self::RefusesFirst { percent } => {
                let number = event.bytes().fold(0, |sum, byte| mixed(sum ^ u64::from(byte)));
                earlier > 0 || number % 100 >= percent
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_some_first_requests_are_rejected() {
        let behaviour = Behaviour::RefusesFirst { percent: 10 };
        let refused =
            (0..1_000).filter(|number| !behaviour.accepts(&format!("event {number}"), 0)).count();
        assert!((50..200).contains(&refused), "{refused}");
        assert!((0..1_000).all(|number| behaviour.accepts(&format!("event {number}"), 1)));
        assert!(!Behaviour::Refuses.accepts("e", 5));
        assert!(Behaviour::Hangs.delay() > Duration::from_mins(1));
    }
}
