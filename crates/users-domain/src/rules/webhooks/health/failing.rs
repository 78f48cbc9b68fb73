//! A run of failures, and when it disables a destination.

use std::time::Duration;

use crate::model::Timestamp;
use crate::model::webhooks::{Answer, Failing};

/// The minimum duration of a run of failures that disables a destination.
pub const FAILING_FOR: Duration = Duration::from_hours(5 * 24);

/// The minimum number of attempts in such a run.
pub const FAILING_ATTEMPTS: u32 = 20;

/// The minimum number of different days (UTC) with attempts in such a run.
pub const FAILING_DAYS: u32 = 2;

/// The run after a response.
pub(super) fn after(before: Option<Failing>, answer: Answer, at: Timestamp) -> Option<Failing> {
    if answer.is_success() {
        return None;
    }
    let Some(run) = before else {
        return Some(Failing { since: at, attempts: 1, days: 1, latest: at });
    };
    let on_a_new_day = at.date() > run.latest.date();
    Some(Failing {
        since: run.since,
        attempts: run.attempts.saturating_add(1),
        days: run.days.saturating_add(u32::from(on_a_new_day)),
        latest: run.latest.max(at),
    })
}

/// Whether the run disables the destination.
pub(super) fn is_too_long(run: &Failing) -> bool {
    let micros = run.latest.unix_micros().saturating_sub(run.since.unix_micros());
    let lasted = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
    lasted >= FAILING_FOR && run.attempts >= FAILING_ATTEMPTS && run.days >= FAILING_DAYS
}
