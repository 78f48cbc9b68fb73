//! Reads that may scan many rows: with a separate time limit, far below that of other statements.

use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;

use crate::failure::{Failure, Kind};
use crate::statement::Statement;

/// A connection whose statements share a time budget.
pub(crate) struct Reading<'a> {
    connection: &'a mut PgConnection,
    budget: Duration,
    ends: Instant,
    /// When the server's statement timeout was last set.
    limit_set_at: Instant,
}

impl Reading<'_> {
    /// Runs `work` in a transaction with one snapshot.
    pub(super) fn within<T>(
        connection: &mut PgConnection,
        budget: Duration,
        lock_timeout: Duration,
        work: impl FnOnce(&mut Reading<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        // The lock timeout is shorter than the budget, so that waiting for a lock is not reported as a slow query.
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}; SET LOCAL lock_timeout = {}",
            time_limit(budget),
            lock_timeout.min(budget / 2).as_millis().max(1)
        );
        let mut reading = Reading::of(connection, budget);
        AnsiTransactionManager::begin_transaction_sql(reading.connection, &begin)?;
        let answer = work(&mut reading);
        // A rollback suffices: nothing was written, and a statement may have failed.
        let ended = AnsiTransactionManager::rollback_transaction(connection);
        answer.and_then(|answer| Ok(ended.map(|()| answer)?))
    }

    pub(crate) fn of(connection: &mut PgConnection, budget: Duration) -> Reading<'_> {
        let now = Instant::now();
        Reading { connection, budget, ends: now + budget, limit_set_at: now }
    }

    pub(crate) fn rows<T>(&mut self, statement: Statement) -> Result<Vec<T>, Failure>
    where
        T: QueryableByName<Pg> + 'static,
    {
        self.run(|connection| Ok(statement.rows(connection)?))
    }

    /// Runs one or more statements within the remaining budget.
    pub(crate) fn run<T>(
        &mut self,
        statement: impl FnOnce(&mut PgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = Instant::now();
        let left = self.ends.saturating_duration_since(now);
        if left.is_zero() {
            return Err(Failure::too_slow());
        }
        // The timeout is set again only after a tenth of the budget, because it costs a round trip.
        if now - self.limit_set_at > self.budget / 10 {
            self.connection.batch_execute(&time_limit(left))?;
            self.limit_set_at = now;
        }
        statement(self.connection).map_err(|failure| self.judge(failure))
    }

    fn judge(&self, failure: Failure) -> Failure {
        /// The server starts its timer later and uses whole milliseconds.
        const TOLERANCE: Duration = Duration::from_millis(50);
        let is_over = Instant::now() + TOLERANCE >= self.ends;
        let may_be_cancelled =
            matches!(failure.kind, Kind::Cancelled | Kind::Unknown | Kind::Pointed);
        if may_be_cancelled && is_over { Failure::too_slow() } else { failure }
    }
}

fn time_limit(time: Duration) -> String {
    // 0 would mean no limit.
    format!("SET LOCAL statement_timeout = {}", time.as_millis().max(1))
}
