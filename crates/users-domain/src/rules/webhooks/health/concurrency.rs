//! The number of concurrent attempts: grows by one after a round of successes, halves on overload.

use super::asks_for_less;
use crate::model::webhooks::{Answer, LaneHealth};

/// The initial number of concurrent attempts.
pub const START_AT_ONCE: u32 = 2;

/// The maximum number of concurrent attempts, so that a slow destination uses no more of a process.
pub const MOST_AT_ONCE: u32 = 8;

pub(super) fn adapt(health: &mut LaneHealth, answer: Answer) {
    let now = within_limits(health.concurrency);
    if answer.is_success() {
        health.successes_at_concurrency = health.successes_at_concurrency.saturating_add(1);
        if health.successes_at_concurrency >= now {
            set(health, now + 1);
        }
    } else if answer.transport_error().is_some() || asks_for_less(answer) {
        set(health, now / 2);
    }
}

/// Resets the number to its initial value.
pub(super) fn restart(health: &mut LaneHealth) {
    set(health, START_AT_ONCE);
}

/// Brings any stored number into the limits.
pub(super) const fn within_limits(concurrency: u32) -> u32 {
    match concurrency {
        0 => 1,
        more if more > MOST_AT_ONCE => MOST_AT_ONCE,
        within => within,
    }
}

fn set(health: &mut LaneHealth, concurrency: u32) {
    health.concurrency = within_limits(concurrency);
    health.successes_at_concurrency = 0;
}
