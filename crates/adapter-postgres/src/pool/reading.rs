//! Reads that may have to look at many rows: within a time of their own, far below that of other statements.

use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;

use crate::failure::{Failure, Kind};
use crate::statement::Statement;

/// A connection whose statements end together within a time.
pub(crate) struct Reading<'a> {
    connection: &'a mut PgConnection,
    budget: Duration,
    ends: Instant,
    /// When what was left was told to the server.
    told: Instant,
}

impl Reading<'_> {
    /// Runs `work` in a transaction that sees one moment.
    pub(super) fn within<T>(
        connection: &mut PgConnection,
        budget: Duration,
        lock_timeout: Duration,
        work: impl FnOnce(&mut Reading<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        // A lock that is not free is no fault of the question: that has to be found out first.
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}; SET LOCAL lock_timeout = {}",
            time_limit(budget),
            lock_timeout.min(budget / 2).as_millis().max(1)
        );
        let mut reading = Reading::of(connection, budget);
        AnsiTransactionManager::begin_transaction_sql(reading.connection, &begin)?;
        let answer = work(&mut reading);
        // Nothing was written, and a part of it may have failed.
        let ended = AnsiTransactionManager::rollback_transaction(connection);
        answer.and_then(|answer| Ok(ended.map(|()| answer)?))
    }

    pub(crate) fn of(connection: &mut PgConnection, budget: Duration) -> Reading<'_> {
        let now = Instant::now();
        Reading {
            connection,
            budget,
            ends: now + budget,
            told: now,
        }
    }

    /// All rows.
    pub(crate) fn rows<T>(&mut self, statement: Statement) -> Result<Vec<T>, Failure>
    where
        T: QueryableByName<Pg> + 'static,
    {
        self.run(|connection| Ok(statement.rows(connection)?))
    }

    /// The only row, if there is one.
    pub(crate) fn row<T>(&mut self, statement: Statement) -> Result<Option<T>, Failure>
    where
        T: QueryableByName<Pg> + 'static,
    {
        self.run(|connection| Ok(statement.row(connection)?))
    }

    /// One statement or several, which take no longer than what is left.
    pub(crate) fn run<T>(
        &mut self,
        statement: impl FnOnce(&mut PgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let now = Instant::now();
        let left = self.ends.saturating_duration_since(now);
        if left.is_zero() {
            return Err(Failure::too_slow());
        }
        // Told anew only where it makes a difference: that is a round trip.
        if now - self.told > self.budget / 10 {
            self.connection.batch_execute(&time_limit(left))?;
            self.told = now;
        }
        statement(self.connection).map_err(|failure| self.judge(failure))
    }

    fn judge(&self, failure: Failure) -> Failure {
        /// The server's clock begins later and has no fractions.
        const TOLERANCE: Duration = Duration::from_millis(50);
        let is_over = Instant::now() + TOLERANCE >= self.ends;
        let may_be_cancelled = matches!(
            failure.kind,
            Kind::Cancelled | Kind::Unknown | Kind::Pointed
        );
        if may_be_cancelled && is_over {
            Failure::too_slow()
        } else {
            failure
        }
    }
}

fn time_limit(time: Duration) -> String {
    // 0 would mean no limit.
    format!("SET LOCAL statement_timeout = {}", time.as_millis().max(1))
}
