//! [`EventRetention`] on PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Timestamptz};
use users_domain::model::Timestamp;
use users_domain::ports::{EventRetention, StoreError, Swept};

use crate::failure::Failure;
use crate::pool::Pool;
use crate::rows::unsigned;
use crate::statement::Statement;

/// The maximum number of rows that one transaction removes: limits its duration and the lock of a lane.
const PORTION: i64 = 1_000;

/// The maximum number of portions that one sweep removes. The next sweep removes the rest.
const MOST_PORTIONS: usize = 10_000;

/// The time limit for scanning the rows of a default partition.
const SCAN_LIMIT: Duration = Duration::from_mins(10);

/// The maximum count of rows in default partitions.
const MOST_DEFAULT_ROWS: i64 = 100_000;

/// The maximum number of calls of `attach_default_partition`: three steps for each table, and one that finds nothing to
/// do.
const MOST_STEPS: usize = 7;

/// Creates and drops the daily partitions of events and attempts.
#[derive(Clone)]
pub struct PgEventRetention {
    pool: Pool,
}

impl PgEventRetention {
    /// Creates the adapter on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// Removes one portion of pending deliveries of events stored before `cutoff`. `None`: none were left.
    async fn delete_old_deliveries(&self, cutoff: Timestamp) -> Result<Option<usize>, StoreError> {
        const SWEEP: &str =
            "SELECT removed AS count FROM delete_old_deliveries($1, $2) WHERE removed IS NOT NULL";
        let statement = Statement::new(SWEEP).bind(cutoff).bind(PORTION);
        self.counted(statement).await
    }

    /// Removes one portion of the recoveries that finished before `cutoff`.
    async fn sweep_recoveries(&self, cutoff: Timestamp) -> Result<usize, StoreError> {
        const SWEEP: &str = "WITH gone AS (
                DELETE FROM webhook_recoveries WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM webhook_recoveries WHERE finished_at < $1 LIMIT $2))
                RETURNING 1
            )
            SELECT count(*) FROM gone";
        self.count(Statement::new(SWEEP).bind(cutoff).bind(PORTION))
            .await
    }

    /// Creates one missing daily partition. Returns whether one was missing.
    async fn create_partition(&self, days_ahead: u32) -> Result<bool, StoreError> {
        let statement = Statement::new("SELECT create_partition($1::integer) AS is_created");
        let statement = statement.bind(i64::from(days_ahead));
        let row: Option<CreatedRow> = self
            .pool
            .run(move |connection| Ok(statement.row(connection)?))
            .await?;
        Ok(row.is_some_and(|row| row.is_created))
    }

    /// Turns default partitions with rows into partitions of their days. Scanning the rows takes longer than the usual
    /// statement timeout, but blocks no other session.
    async fn attach_default_partition(&self) -> Result<(), StoreError> {
        const LEFT: &str = "SELECT (SELECT count(*) FROM (SELECT FROM events_default LIMIT $1) e)
            + (SELECT count(*) FROM (SELECT FROM webhook_attempts_default LIMIT $1) a) AS count";
        for _ in 0..MOST_STEPS {
            let statement = Statement::new("SELECT attach_default_partition() AS count");
            let rows: usize = self
                .pool
                .run_within(SCAN_LIMIT, move |connection| {
                    connection.transaction(|connection| {
                        let limit = SCAN_LIMIT.as_millis();
                        connection
                            .batch_execute(&format!("SET LOCAL statement_timeout = {limit}"))?;
                        let row: Option<CountRow> = statement.row(connection)?;
                        unsigned("count of rows", row.map_or(0, |row| row.count))
                    })
                })
                .await?;
            if rows == 0 {
                break;
            }
            tracing::warn!(
                rows,
                "events or attempts in a default partition get a daily partition"
            );
        }
        let rows = self
            .count(Statement::new(LEFT).bind(MOST_DEFAULT_ROWS))
            .await?;
        if rows > 0 {
            tracing::warn!(
                rows,
                "events or attempts stay in a default partition for now: other partitions overlap their days, or they are being read"
            );
        }
        Ok(())
    }

    async fn count(&self, statement: Statement) -> Result<usize, StoreError> {
        Ok(self.counted(statement).await?.unwrap_or(0))
    }

    async fn counted(&self, statement: Statement) -> Result<Option<usize>, StoreError> {
        self.pool
            .run(|connection| {
                let row: Option<CountRow> = statement.row(connection)?;
                row.map(|row| unsigned("count of what was removed", row.count))
                    .transpose()
            })
            .await
    }
}

#[async_trait]
impl EventRetention for PgEventRetention {
    async fn create_partitions(&self, days_ahead: u32) -> Result<(), StoreError> {
        while self.create_partition(days_ahead).await? {}
        self.pool
            .run(|connection| {
                Statement::new("SELECT FROM copy_statistics_targets()").run(connection)?;
                Ok(())
            })
            .await
    }

    async fn sweep(&self, keep_days: u32) -> Result<Swept, StoreError> {
        const OLD_DAYS: &str = "SELECT count(*) FROM pg_inherits
            JOIN pg_class c ON c.oid = inhrelid JOIN pg_class p ON p.oid = inhparent AND p.relkind = 'p'
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                AND left(c.relname, -8) = p.relname || '_'
                AND right(c.relname, 8) < to_char($1 AT TIME ZONE 'UTC', 'YYYYMMDD')";
        // The minimum that the owner set in the last migration applies if it is longer: `drop_partitions` keeps it.
        const CUTOFF: &str =
            "SELECT date_trunc('day', now() - make_interval(days => kept), 'UTC') AS cutoff, kept
            FROM (SELECT greatest($1::integer, days) AS kept FROM event_retention) r";
        let statement = Statement::new(CUTOFF).bind(i64::from(keep_days));
        let cutoff: CutoffRow = self
            .pool
            .run(|connection| {
                let row = statement.row(connection)?;
                row.ok_or_else(|| Failure::defect("the cutoff query returned no row"))
            })
            .await?;
        let kept = u32::try_from(cutoff.kept).unwrap_or(u32::MAX);
        if kept > keep_days {
            tracing::warn!(
                days = kept,
                "events are kept for longer than WEBHOOK_EVENT_RETENTION_DAYS, as at the last migrate: migrate again"
            );
        }
        let cutoff = Timestamp::from_datetime(cutoff.cutoff);
        // Pending deliveries first: without their events they would count as erased.
        let mut swept = Swept::default();
        let mut is_rest_left = true;
        for _ in 0..MOST_PORTIONS {
            let Some(removed) = self.delete_old_deliveries(cutoff).await? else {
                is_rest_left = false;
                break;
            };
            swept.deliveries += removed;
        }
        for _ in 0..MOST_PORTIONS {
            if self.sweep_recoveries(cutoff).await? == 0 {
                break;
            }
        }
        if !is_rest_left {
            let drop = Statement::new("SELECT drop_partitions($1) AS count").bind(cutoff);
            swept.days = self.count(drop).await?;
            swept.postponed = self.count(Statement::new(OLD_DAYS).bind(cutoff)).await? > 0;
        }
        // Last, because it may take long, and its failure does not affect the other steps.
        if let Err(error) = self.attach_default_partition().await {
            tracing::warn!(%error, "events or attempts in a default partition could not get a daily partition");
        }
        Ok(swept)
    }
}

#[derive(QueryableByName)]
struct CutoffRow {
    #[diesel(sql_type = Timestamptz)]
    cutoff: DateTime<Utc>,
    #[diesel(sql_type = Integer)]
    kept: i32,
}

#[derive(QueryableByName)]
struct CreatedRow {
    #[diesel(sql_type = Bool)]
    is_created: bool,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}
