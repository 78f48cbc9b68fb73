//! One migrating process at a time.

use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::Bool;

use super::MigrateError;
use crate::statement::Statement;

/// Any number that nobody else in this database locks: the bytes of "users".
const KEY: i64 = 0x75_73_65_72_73;

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

/// Takes the lock, which goes with the connection. Asks again and again: a session that waits in the lock itself holds a
/// snapshot all the while, and an index that is built concurrently waits for that.
pub(super) fn take(connection: &mut PgConnection, limit: Duration) -> Result<(), MigrateError> {
    let deadline = Instant::now() + limit;
    loop {
        let row: Option<Taken> = Statement::new("SELECT pg_try_advisory_lock($1) AS taken")
            .bind(KEY)
            .row(connection)?;
        if row.is_some_and(|row| row.taken) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(MigrateError::Locked { limit });
        }
        Statement::new("SELECT pg_sleep(0.05)").run(connection)?;
    }
}
