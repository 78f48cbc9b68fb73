//! Counts the service's statements, if PostgreSQL has the extension `pg_stat_statements`.

use std::path::Path;

use diesel::sql_types::BigInt;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};

use crate::Error;
use crate::cluster::{Cluster, Flush};

/// Settings that the extension requires.
const SETTINGS: [(&str, &str); 2] =
    [("shared_preload_libraries", "pg_stat_statements"), ("pg_stat_statements.max", "1000")];

/// Statements that reached PostgreSQL, without those within functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statements {
    /// All statements.
    pub all: u64,
    /// Statements that only begin or end a transaction.
    pub framing: u64,
}

impl Statements {
    /// Difference to an earlier count.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            all: self.all.saturating_sub(before.all),
            framing: self.framing.saturating_sub(before.framing),
        }
    }

    /// Sum of both counts.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self { all: self.all + other.all, framing: self.framing + other.framing }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    all_calls: i64,
    #[diesel(sql_type = BigInt)]
    framing: i64,
}

/// Starts a cluster with durable data; returns whether it counts statements.
///
/// # Errors
/// If it does not start.
pub(super) fn counting_cluster(dir: &Path) -> Result<(Cluster, bool), Error> {
    // PostgreSQL does not start with these settings if the extension is not installed.
    if let Ok(cluster) = Cluster::start_with(dir, &SETTINGS)
        && enable_counting(&cluster).is_ok()
    {
        return Ok((cluster, true));
    }
    Ok((Cluster::start(dir, Flush::ToDisk)?, false))
}

fn enable_counting(cluster: &Cluster) -> Result<(), Error> {
    let mut connection = PgConnection::establish(&cluster.superuser_url()?)?;
    sql_query("CREATE EXTENSION pg_stat_statements").execute(&mut connection)?;
    // The owner of the database reads the statements of the service's role.
    sql_query("GRANT pg_read_all_stats TO users_owner").execute(&mut connection)?;
    Ok(())
}

/// Counts the statements of all other roles in this connection's database.
///
/// # Errors
/// If the database does not respond.
pub(super) fn counted(connection: &mut PgConnection) -> Result<Statements, Error> {
    let row: Row = sql_query(
        "SELECT coalesce(sum(calls), 0)::bigint AS all_calls, \
           coalesce(sum(calls) FILTER (WHERE query ~* '^(begin|start transaction|commit|rollback)'), 0)::bigint \
             AS framing \
         FROM pg_stat_statements JOIN pg_database d ON d.oid = dbid JOIN pg_roles r ON r.oid = userid \
         WHERE toplevel AND d.datname = current_database() AND r.rolname <> current_user",
    )
    .get_result(connection)?;
    Ok(Statements { all: u64::try_from(row.all_calls)?, framing: u64::try_from(row.framing)? })
}
