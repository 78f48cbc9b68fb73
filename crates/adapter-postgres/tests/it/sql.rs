//! Looking into a database, and at its sessions, past the adapters.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// How long anything that must happen may take.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

pub(crate) fn execute(url: &str, statements: &str) -> QueryResult<()> {
    connect(url).batch_execute(statements)
}

/// The value of an expression that is a number.
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

/// The rows of a query whose one column is called `line`.
pub(crate) fn lines(connection: &mut PgConnection, query: &str) -> Vec<String> {
    let rows: Vec<Line> = diesel::sql_query(query).load(connection).unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

/// Asks until the expression is this number.
pub(crate) fn until(connection: &mut PgConnection, expression: &str, expected: i64) {
    let deadline = Instant::now() + LIMIT;
    loop {
        let value = number(connection, expression);
        if value == expected {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{expression} stays {value} and not {expected}"
        );
    }
}

/// The other sessions of roles in this database. Of another role's sessions a role sees little more than that.
pub(crate) const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL";
