//! The retry schedule of deliveries.

use std::time::Duration;

use crate::model::webhooks::{Answer, NextStep, TransportError};

/// The delay of each attempt after the previous one. The first is immediate; there is none after the last.
pub const DELAYS: [Duration; 11] = [
    Duration::ZERO,
    Duration::from_secs(5),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// A delay grows by a random part of up to 1/`JITTER_DIVISOR`, so that retries do not come all at once.
pub const JITTER_DIVISOR: u32 = 5;

/// The delay of the next attempt after `attempts_made` attempts; `None` if that was the last attempt. `random` may be
/// any number: the smallest gives the delay of the table, the largest adds a fifth.
pub(crate) fn next_delay(attempts_made: u32, random: u64) -> Option<Duration> {
    let index = usize::try_from(attempts_made).ok()?;
    let delay = DELAYS.get(index)?;
    let most = (*delay / JITTER_DIVISOR).as_millis();
    let later = most * u128::from(random) / u128::from(u64::MAX);
    Some(*delay + Duration::from_millis(u64::try_from(later).unwrap_or(0)))
}

/// The next step of a delivery after the attempt with this number, counted from 1. A failed delivery ends after the
/// last attempt of the schedule, if the event was erased, and if the body is too large for the receiver (413, 414).
#[must_use]
pub fn next_step(answer: Answer, number: u32, random: u64) -> NextStep {
    if answer.is_success() {
        return NextStep::Done;
    }
    let erased = answer.transport_error() == Some(TransportError::Erased);
    if erased || matches!(answer, Answer::Status { code: 413 | 414, .. }) {
        return NextStep::DeadLetter;
    }
    match next_delay(number, random) {
        Some(after) => NextStep::Retry { after },
        None => NextStep::DeadLetter,
    }
}

#[cfg(test)]
mod tests;
