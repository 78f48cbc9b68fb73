//! The time of this machine, which PostgreSQL and the service on it have too.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use users_domain::model::Timestamp;

/// Since the Unix epoch.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "a trial stands outside of the service, which alone has the clock's port"
)]
pub fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// The same in microseconds.
#[must_use]
pub fn unix_micros() -> i64 {
    i64::try_from(since_epoch().as_micros()).unwrap_or(i64::MAX)
}

/// The same as the service has it.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_unix_micros(unix_micros()).unwrap_or_else(testkit::base_time)
}
