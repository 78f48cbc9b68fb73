//! The circuit breaker: pauses attempts while they fail, so that retries are not used up during an outage.

use std::time::Duration;

use super::{concurrency, later};
use crate::model::Timestamp;
use crate::model::webhooks::{Answer, Breaker, LaneHealth, OutcomeCounts};

/// The number of consecutive attempts without a response that opens the breaker.
pub const TRANSPORT_FAILURES: u32 = 5;

/// The minimum number of attempts in the window for [`FAILING_PERCENT`] to apply.
pub const FAILING_SAMPLE: u32 = 20;

/// The percentage of failed attempts in the window that opens the breaker.
pub const FAILING_PERCENT: u32 = 50;

/// The length of a slice of the window, in seconds.
pub const SLICE_SECONDS: i64 = 10;

/// The number of slices in the window, including the current one.
pub const SLICES: i64 = 6;

/// How long the breaker stays open, by the number of consecutive openings; the last value applies to the rest.
pub const OPENINGS: [Duration; 7] = [
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(10),
    Duration::from_mins(15),
];

/// Counts a response, and opens or closes the breaker.
pub(super) fn adapt(health: &mut LaneHealth, answer: Answer, at: Timestamp) {
    match health.breaker {
        Breaker::Closed => {
            count(health, answer, at);
            if !answer.is_success() && is_failing(health) {
                open(health, 1, at);
            }
        }
        // The attempt began before the breaker opened, so neither its failure nor its success is news.
        Breaker::Open { until, .. } if at < until => {}
        Breaker::Open { openings, .. } => {
            if answer.is_success() {
                close(health);
            } else {
                open(health, openings.saturating_add(1), at);
            }
        }
    }
}

/// How long the breaker stays open at this consecutive opening, counted from 1.
fn opening(openings: u32) -> Duration {
    let [shortest, .., longest] = OPENINGS;
    let index = openings.checked_sub(1).map(usize::try_from);
    match index {
        None => shortest,
        Some(index) => index.ok().and_then(|index| OPENINGS.get(index).copied()).unwrap_or(longest),
    }
}

fn open(health: &mut LaneHealth, openings: u32, at: Timestamp) {
    health.breaker = Breaker::Open { until: later(at, opening(openings)), openings };
    reset_counts(health);
}

fn close(health: &mut LaneHealth) {
    health.breaker = Breaker::Closed;
    reset_counts(health);
    concurrency::restart(health);
}

fn reset_counts(health: &mut LaneHealth) {
    health.transport_failures_in_a_row = 0;
    health.window.clear();
}

fn count(health: &mut LaneHealth, answer: Answer, at: Timestamp) {
    health.transport_failures_in_a_row = match answer.transport_error() {
        Some(_) => health.transport_failures_in_a_row.saturating_add(1),
        None => 0,
    };
    let now = at.unix_seconds().div_euclid(SLICE_SECONDS);
    let oldest = now.saturating_sub(SLICES - 1);
    // The store's clock may have been set back: slices in the future are dropped too.
    health.window.retain(|counts| (oldest..=now).contains(&counts.slice));
    let counts = match health.window.last_mut() {
        Some(newest) if newest.slice == now => newest,
        _ => health.window.push_mut(OutcomeCounts { slice: now, ..OutcomeCounts::default() }),
    };
    if answer.is_success() {
        counts.successes = counts.successes.saturating_add(1);
    } else {
        counts.failures = counts.failures.saturating_add(1);
    }
}

fn is_failing(health: &LaneHealth) -> bool {
    if health.transport_failures_in_a_row >= TRANSPORT_FAILURES {
        return true;
    }
    let (mut successes, mut failures) = (0_u64, 0_u64);
    for counts in &health.window {
        successes += u64::from(counts.successes);
        failures += u64::from(counts.failures);
    }
    let attempts = successes + failures;
    attempts >= u64::from(FAILING_SAMPLE) && failures * 100 >= attempts * u64::from(FAILING_PERCENT)
}
