//! Direct access to a database and its sessions, bypassing the adapters.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// Time limit for awaited conditions.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

pub(crate) fn execute(url: &str, statements: &str) -> QueryResult<()> {
    connect(url).batch_execute(statements)
}

/// The value of a numeric expression.
pub(crate) fn number(connection: &mut PgConnection, expression: &str) -> i64 {
    diesel::select(sql::<BigInt>(&format!("({expression})::bigint")))
        .get_result(connection)
        .unwrap()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The rows of a query with one column named `line`.
pub(crate) fn lines(connection: &mut PgConnection, query: &str) -> Vec<String> {
    let rows: Vec<Line> = diesel::sql_query(query).load(connection).unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

/// Polls until the expression has this value.
pub(crate) fn until(connection: &mut PgConnection, expression: &str, expected: i64) {
    let deadline = Instant::now() + LIMIT;
    loop {
        let value = number(connection, expression);
        if value == expected {
            return;
        }
        assert!(Instant::now() < deadline, "{expression} is still {value}, expected {expected}");
    }
}

/// The other client sessions in this database. A role sees little more of another role's sessions.
pub(crate) const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL";
