//! Transactions of several statements.

use diesel::prelude::*;

use crate::failure::Failure;

/// Runs a transaction of several statements that holds locks for which delivery to other applications waits. PostgreSQL
/// ends it if this process pauses between two statements.
pub(crate) fn brief_transaction<T>(
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    connection.transaction(|connection| {
        diesel::sql_query("SET LOCAL idle_in_transaction_session_timeout = '2s'")
            .execute(connection)?;
        work(connection)
    })
}
