//! The queue of a destination and its health. [`crate::rules::webhooks`] defines the state transitions.

use crate::model::Timestamp;

/// Id of the delivery queue of one destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(i64);

impl LaneId {
    /// Wraps the stored number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number to store.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// Number of the lease of a lane. A worker with an older number no longer owns the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneEpoch(i64);

impl LaneEpoch {
    /// Wraps the stored number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number to store.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// Circuit breaker: whether attempts are suspended after failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// Attempts are made normally.
    Closed,
    /// No attempt is made until this time; then one attempt as a probe.
    Open {
        /// When the probe may be made.
        until: Timestamp,
        /// Number of consecutive openings, from 1.
        openings: u32,
    },
}

/// Outcomes of the attempts in one slice of the breaker's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutcomeCounts {
    /// Number of the slice: seconds since the Unix epoch divided by the length of a slice.
    pub slice: i64,
    /// Number of successful attempts.
    pub successes: u32,
    /// Number of failed attempts.
    pub failures: u32,
}

/// A series of consecutive failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// When the first attempt of the series failed.
    pub since: Timestamp,
    /// Number of attempts.
    pub attempts: u32,
    /// Number of days (UTC) with attempts.
    pub days: u32,
    /// When the latest attempt failed.
    pub latest: Timestamp,
}

/// Health of a destination: the state that determines the next attempts. All times are from the database's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneHealth {
    /// Number of consecutive attempts without a complete response.
    pub transport_failures_in_a_row: u32,
    /// The breaker's window, oldest slice first.
    pub window: Vec<OutcomeCounts>,
    /// The circuit breaker.
    pub breaker: Breaker,
    /// Maximum number of concurrent attempts.
    pub concurrency: u32,
    /// Number of successes since `concurrency` last changed.
    pub successes_at_concurrency: u32,
    /// End of the pause that the receiver requested with `Retry-After`.
    pub paused_until: Option<Timestamp>,
    /// The current series of failures, if the latest attempt failed.
    pub failing: Option<Failing>,
}
