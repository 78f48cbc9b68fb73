//! The advisory lock that lets one process at a time migrate.

use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::Bool;

use super::MigrateError;
use crate::statement::Statement;

/// The key of the advisory lock: the bytes of "users", which no other code in this database locks.
const KEY: i64 = 0x75_73_65_72_73;

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

/// Takes the lock for the lifetime of the connection. Polls instead of blocking: a session that waits for the lock
/// holds a snapshot, and a concurrent index build waits for that snapshot.
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
