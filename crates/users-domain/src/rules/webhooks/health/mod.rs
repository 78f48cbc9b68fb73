//! The health of a destination, and what may be sent to it.
//!
//! Three things delay attempts: the receiver's `Retry-After`, the breaker, and the limit of concurrent attempts. All
//! are computed from [`LaneHealth`] and the responses, in the order of their arrival.

mod breaker;
mod concurrency;
mod failing;

pub use breaker::{
    FAILING_PERCENT, FAILING_SAMPLE, OPENINGS, SLICE_SECONDS, SLICES, TRANSPORT_FAILURES,
};
pub use concurrency::{MOST_AT_ONCE, START_AT_ONCE};
pub use failing::{FAILING_ATTEMPTS, FAILING_DAYS, FAILING_FOR};

use std::time::Duration;

use super::retry_after;
use crate::model::Timestamp;
use crate::model::webhooks::{Answer, Breaker, DisabledReason, LaneHealth, TransportError};

/// What may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// Attempts may be sent.
    Send {
        /// The maximum number of concurrent attempts.
        at_once: u32,
    },
    /// One attempt may be sent, and no other before it ends.
    Probe,
    /// Nothing may be sent.
    Wait {
        /// The time before which nothing may be sent.
        until: Timestamp,
    },
}

/// The effect of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The health of the destination after the response.
    pub health: LaneHealth,
    /// Why the destination must be disabled; `None` if it stays enabled.
    pub disable: Option<DisabledReason>,
}

/// Whether the receiver asks for fewer requests. On other responses, `Retry-After` is ignored.
const fn asks_for_less(answer: Answer) -> bool {
    matches!(answer, Answer::Status { code: 429 | 503, .. })
}

/// The health of a new destination.
#[must_use]
pub const fn healthy() -> LaneHealth {
    LaneHealth {
        transport_failures_in_a_row: 0,
        window: Vec::new(),
        breaker: Breaker::Closed,
        concurrency: START_AT_ONCE,
        successes_at_concurrency: 0,
        paused_until: None,
        failing: None,
    }
}

/// What may be sent at time `at`.
#[must_use]
pub fn permit(health: &LaneHealth, at: Timestamp) -> Permit {
    if let Some(until) = not_before(health, at) {
        return Permit::Wait { until };
    }
    match health.breaker {
        Breaker::Closed => Permit::Send { at_once: concurrency::within_limits(health.concurrency) },
        Breaker::Open { .. } => Permit::Probe,
    }
}

/// The maximum number of concurrent attempts, regardless of the time.
#[must_use]
pub fn most_at_once(health: &LaneHealth) -> u32 {
    match health.breaker {
        Breaker::Closed => concurrency::within_limits(health.concurrency),
        Breaker::Open { .. } => 1,
    }
}

/// The time before which nothing may be sent, if it is after `at`.
#[must_use]
pub fn not_before(health: &LaneHealth, at: Timestamp) -> Option<Timestamp> {
    let opens_up = match health.breaker {
        Breaker::Closed => None,
        Breaker::Open { until, .. } => Some(until),
    };
    opens_up.max(health.paused_until).filter(|time| *time > at)
}

/// The health after a response at time `at`. An attempt whose body was erased has no effect on the health.
#[must_use]
pub fn record(health: &LaneHealth, answer: Answer, at: Timestamp) -> Recorded {
    let mut health = health.clone();
    if answer.transport_error() == Some(TransportError::Erased) {
        return Recorded { health, disable: None };
    }
    health.paused_until = paused_until(health.paused_until, answer, at);
    health.failing = failing::after(health.failing, answer, at);
    concurrency::adapt(&mut health, answer);
    breaker::adapt(&mut health, answer, at);
    let disable = if answer.status_code() == Some(410) && answer.transport_error().is_none() {
        Some(DisabledReason::Gone)
    } else {
        health.failing.filter(failing::is_too_long).map(|_| DisabledReason::Failing)
    };
    Recorded { health, disable }
}

/// A `Retry-After` never shortens an earlier pause.
fn paused_until(before: Option<Timestamp>, answer: Answer, at: Timestamp) -> Option<Timestamp> {
    let requested = match answer {
        Answer::Status { retry_after: Some(requested), .. } if asks_for_less(answer) => {
            Some(later(at, retry_after::pause(requested, at)))
        }
        Answer::Status { .. } | Answer::Nothing { .. } => None,
    };
    before.max(requested).filter(|until| *until > at)
}

/// The time `span` after `at`, rounded up to whole milliseconds.
fn later(at: Timestamp, span: Duration) -> Timestamp {
    let millis = span.as_nanos().div_ceil(1_000_000);
    at.plus_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
