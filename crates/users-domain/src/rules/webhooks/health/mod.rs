//! How a destination fares, and what may be sent to it.
//!
//! Three things hold attempts back: the receiver's own wish (`Retry-After`), the breaker, and the number of attempts that
//! may be under way at once. What fails for days is turned off. All of it follows from [`LaneHealth`] and the answers, in
//! the order in which they came.

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
    /// Attempts.
    Send {
        /// How many may be under way at once.
        at_once: u32,
    },
    /// One attempt, and nothing else until it is over.
    Probe,
    /// Nothing.
    Wait {
        /// Before this time.
        until: Timestamp,
    },
}

/// What an answer changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// How the destination fares now.
    pub health: LaneHealth,
    /// Whether and why nothing more is to be sent.
    pub disable: Option<DisabledReason>,
}

/// The answer of a receiver that asks for a pause; with other answers `Retry-After` means nothing.
const fn asks_for_less(answer: Answer) -> bool {
    matches!(
        answer,
        Answer::Status {
            code: 429 | 503,
            ..
        }
    )
}

/// Of a destination of which nothing is known.
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

/// What may be sent at a time.
#[must_use]
pub fn permit(health: &LaneHealth, at: Timestamp) -> Permit {
    if let Some(until) = not_before(health, at) {
        return Permit::Wait { until };
    }
    match health.breaker {
        Breaker::Closed => Permit::Send {
            at_once: concurrency::within_limits(health.concurrency),
        },
        Breaker::Open { .. } => Permit::Probe,
    }
}

/// How many attempts may be under way at once, whenever.
#[must_use]
pub fn most_at_once(health: &LaneHealth) -> u32 {
    match health.breaker {
        Breaker::Closed => concurrency::within_limits(health.concurrency),
        Breaker::Open { .. } => 1,
    }
}

/// Until when nothing may be sent, if that is after `at`.
#[must_use]
pub fn not_before(health: &LaneHealth, at: Timestamp) -> Option<Timestamp> {
    let opens_up = match health.breaker {
        Breaker::Closed => None,
        Breaker::Open { until, .. } => Some(until),
    };
    opens_up.max(health.paused_until).filter(|time| *time > at)
}

/// How the destination fares after an answer that came at a time. What had no body to be sent tells nothing of it.
#[must_use]
pub fn record(health: &LaneHealth, answer: Answer, at: Timestamp) -> Recorded {
    let mut health = health.clone();
    if answer.transport_error() == Some(TransportError::Erased) {
        return Recorded {
            health,
            disable: None,
        };
    }
    health.paused_until = paused_until(health.paused_until, answer, at);
    health.failing = failing::after(health.failing, answer, at);
    concurrency::adapt(&mut health, answer);
    breaker::adapt(&mut health, answer, at);
    let disable = if answer.status_code() == Some(410) && answer.transport_error().is_none() {
        Some(DisabledReason::Gone)
    } else {
        health
            .failing
            .filter(failing::is_hopeless)
            .map(|_| DisabledReason::Failing)
    };
    Recorded { health, disable }
}

/// A wish never shortens an earlier one.
fn paused_until(before: Option<Timestamp>, answer: Answer, at: Timestamp) -> Option<Timestamp> {
    let wish = match answer {
        Answer::Status {
            retry_after: Some(wish),
            ..
        } if asks_for_less(answer) => Some(later(at, retry_after::pause(wish, at))),
        Answer::Status { .. } | Answer::Nothing { .. } => None,
    };
    before.max(wish).filter(|until| *until > at)
}

/// So long after a time, in whole milliseconds, never earlier.
fn later(at: Timestamp, span: Duration) -> Timestamp {
    let millis = span.as_nanos().div_ceil(1_000_000);
    at.plus_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
