//! A run of failures, and when it is too long.

use std::time::Duration;

use crate::model::Timestamp;
use crate::model::webhooks::{Answer, Failing, TransportError};

/// So long without a success …
pub const FAILING_FOR: Duration = Duration::from_hours(5 * 24);

/// … and so many attempts …
pub const FAILING_ATTEMPTS: u32 = 20;

/// … on so many different days (UTC) turn a destination off.
pub const FAILING_DAYS: u32 = 2;

/// The run after an answer. That this service could not open its secrets is not the receiver's failure.
pub(super) fn after(before: Option<Failing>, answer: Answer, at: Timestamp) -> Option<Failing> {
    if answer.is_success() {
        return None;
    }
    if answer.transport_error() == Some(TransportError::SecretsSealed) {
        return before;
    }
    let Some(run) = before else {
        return Some(Failing {
            since: at,
            attempts: 1,
            days: 1,
            latest: at,
        });
    };
    let on_a_new_day = at.date() > run.latest.date();
    Some(Failing {
        since: run.since,
        attempts: run.attempts.saturating_add(1),
        days: run.days.saturating_add(u32::from(on_a_new_day)),
        latest: run.latest.max(at),
    })
}

/// Whether the run is so long that nothing more is sent.
pub(super) fn is_hopeless(run: &Failing) -> bool {
    let micros = run
        .latest
        .unix_micros()
        .saturating_sub(run.since.unix_micros());
    let lasted = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
    lasted >= FAILING_FOR && run.attempts >= FAILING_ATTEMPTS && run.days >= FAILING_DAYS
}
