//! The clock of this machine, which PostgreSQL and the service share.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use users_domain::model::Timestamp;

/// Time since the Unix epoch.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "only the service has the clock's port, and a trial is not part of it"
)]
pub fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Microseconds since the Unix epoch.
#[must_use]
pub fn unix_micros() -> i64 {
    i64::try_from(since_epoch().as_micros()).unwrap_or(i64::MAX)
}

/// The current time as the service's type.
pub fn now() -> Timestamp {
    Timestamp::from_unix_micros(unix_micros()).unwrap_or_else(testkit::base_time)
}
