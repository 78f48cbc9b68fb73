//! The pause that a receiver can request with `Retry-After`.

use std::time::Duration;

use chrono::NaiveDateTime;

use crate::model::Timestamp;
use crate::model::webhooks::RetryAfter;

/// The longest pause that a receiver can request.
pub const LONGEST: Duration = Duration::from_hours(1);

/// The only date format that may still be generated (RFC 9110 section 5.6.7).
const IMF_FIXDATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

/// How long to pause from `now` on; zero if the requested time is in the past.
#[must_use]
pub fn pause(retry_after: RetryAfter, now: Timestamp) -> Duration {
    let requested = match retry_after {
        RetryAfter::In(requested) => requested,
        RetryAfter::At(until) => {
            let micros = until.unix_micros().saturating_sub(now.unix_micros());
            Duration::from_micros(u64::try_from(micros).unwrap_or(0))
        }
    };
    requested.min(LONGEST)
}

/// Parses seconds (too many become `u64::MAX`) or an HTTP date in the current format; `None` for anything else.
#[must_use]
pub fn parse(text: &str) -> Option<RetryAfter> {
    let text = text.trim_matches([' ', '\t']);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(RetryAfter::In(Duration::from_secs(seconds)));
    }
    let time = NaiveDateTime::parse_from_str(text, IMF_FIXDATE).ok()?;
    // chrono also accepts other padding, case and signs; only the exact format is the same after formatting.
    (time.format(IMF_FIXDATE).to_string() == text)
        .then(|| RetryAfter::At(Timestamp::from_datetime(time.and_utc())))
}

#[cfg(test)]
mod tests;
