//! The advisory lock that lets one process at a time migrate.

use std::time::{Duration, Instant};

use diesel::prelude::*;

use super::MigrateError;
use super::functions::{pg_sleep, pg_try_advisory_lock};

/// The key of the advisory lock: the bytes of "users", which no other code in this database locks.
const KEY: i64 = 0x75_73_65_72_73;

/// Takes the lock for the lifetime of the connection. Polls instead of blocking: a session that waits for the lock
/// holds a snapshot, and a concurrent index build waits for that snapshot.
pub(super) fn take(connection: &mut PgConnection, limit: Duration) -> Result<(), MigrateError> {
    let deadline = Instant::now() + limit;
    loop {
        if diesel::select(pg_try_advisory_lock(KEY)).get_result(connection)? {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(MigrateError::Locked { limit });
        }
        diesel::select(pg_sleep(0.05)).execute(connection)?;
    }
}
