//! The queue of one destination, and how the destination fares. How the state moves is said in
//! [`crate::rules::webhooks`].

use crate::model::Timestamp;

/// The queue of one destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneId(i64);

impl LaneId {
    /// As it is stored.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// As it is stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// Counts the leases of a lane: whoever holds an older one is no longer its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneEpoch(i64);

impl LaneEpoch {
    /// As it is stored.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// As it is stored.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// Whether attempts are held back because they fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// They are not.
    Closed,
    /// None is made until this time; then one, as a probe.
    Open {
        /// When the probe may be made.
        until: Timestamp,
        /// How many times in a row it opened, from 1.
        openings: u32,
    },
}

/// What attempts came to within one slice of the breaker's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutcomeCounts {
    /// Number of the slice: seconds since the Unix epoch divided by the length of a slice.
    pub slice: i64,
    /// Attempts that succeeded.
    pub successes: u32,
    /// Attempts that failed.
    pub failures: u32,
}

/// A run of failures without a success between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// When its first attempt failed.
    pub since: Timestamp,
    /// Its attempts.
    pub attempts: u32,
    /// The different days (UTC) on which it had attempts.
    pub days: u32,
    /// When its latest attempt failed.
    pub latest: Timestamp,
}

/// How a destination fares, as far as the next attempts depend on it. All times are the database's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneHealth {
    /// Attempts in a row that got no answer at all.
    pub transport_failures_in_a_row: u32,
    /// The breaker's window, oldest slice first.
    pub window: Vec<OutcomeCounts>,
    /// Whether attempts are held back.
    pub breaker: Breaker,
    /// How many attempts may be under way at once.
    pub concurrency: u32,
    /// Successes since `concurrency` last changed.
    pub successes_at_concurrency: u32,
    /// Until when the receiver asked to be left alone.
    pub paused_until: Option<Timestamp>,
    /// The run of failures, if the latest attempt failed.
    pub failing: Option<Failing>,
}
