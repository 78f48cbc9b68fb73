//! [`EventRetention`] on PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};
use users_domain::model::Timestamp;
use users_domain::ports::{EventRetention, StoreError, Swept};

use crate::adapters::PgEventRetention;
use crate::failure::Failure;
use crate::rows::unsigned;
use crate::schema::functions::{
    attach_default_partition, copy_statistics_targets, create_partition, delete_old_deliveries,
    drop_partitions,
};
use crate::schema::tables::event_retention;
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

impl PgEventRetention {
    /// Removes one portion of pending deliveries of events stored before `cutoff`. `None`: none were left.
    async fn delete_old_deliveries(&self, cutoff: Timestamp) -> Result<Option<usize>, StoreError> {
        let delete = diesel::select(delete_old_deliveries(cutoff.datetime(), PORTION));
        self.pool
            .run(move |connection| {
                let removed: Option<i64> = delete.get_result(connection)?;
                removed.map(|count| unsigned("count", count)).transpose()
            })
            .await
    }

    /// Removes one portion of the recoveries that finished before `cutoff`.
    async fn sweep_recoveries(&self, cutoff: Timestamp) -> Result<usize, StoreError> {
        const SWEEP: &str = "WITH gone AS (
                DELETE FROM webhook_recoveries WHERE ctid = ANY(ARRAY(
                    SELECT ctid FROM webhook_recoveries WHERE finished_at < $1 LIMIT $2))
                RETURNING 1
            )
            SELECT count(*) FROM gone";
        self.count(Statement::new(SWEEP).bind(cutoff).bind(PORTION)).await
    }

    /// Creates one missing daily partition. Returns whether one was missing.
    async fn create_partition(&self, days_ahead: u32) -> Result<bool, StoreError> {
        let create = create_partition(i32::try_from(days_ahead).unwrap_or(i32::MAX));
        self.pool.run(move |connection| Ok(diesel::select(create).get_result(connection)?)).await
    }

    /// Turns default partitions with rows into partitions of their days. Scanning the rows takes longer than the usual
    /// statement timeout, but blocks no other session.
    async fn attach_default_partition(&self) -> Result<(), StoreError> {
        const LEFT: &str = "SELECT (SELECT count(*) FROM (SELECT FROM events_default LIMIT $1) e)
            + (SELECT count(*) FROM (SELECT FROM webhook_attempts_default LIMIT $1) a) AS count";
        for _ in 0..MOST_STEPS {
            let rows: usize = self
                .pool
                .run_within(SCAN_LIMIT, move |connection| {
                    connection.transaction(|connection| {
                        let limit = SCAN_LIMIT.as_millis();
                        connection
                            .batch_execute(&format!("SET LOCAL statement_timeout = {limit}"))?;
                        let attach = diesel::select(attach_default_partition());
                        unsigned("count of rows", attach.get_result::<i64>(connection)?)
                    })
                })
                .await?;
            if rows == 0 {
                break;
            }
            tracing::warn!(rows, "events or attempts in a default partition get a daily partition");
        }
        let rows = self.count(Statement::new(LEFT).bind(MOST_DEFAULT_ROWS)).await?;
        if rows > 0 {
            tracing::warn!(
                rows,
                "events or attempts stay in a default partition for now: other partitions overlap their days, or they are being read"
            );
        }
        Ok(())
    }

    async fn count(&self, statement: Statement) -> Result<usize, StoreError> {
        self.pool
            .run(|connection| unsigned("count", statement.typed_row::<BigInt, _>(connection)?))
            .await
    }

    /// The start of the oldest day that is kept, and the number of kept days: the minimum that the owner set in the last
    /// migration if it is longer, because `drop_partitions` keeps it.
    async fn cutoff(&self, keep_days: u32) -> Result<(Timestamp, u32), StoreError> {
        self.pool
            .run(move |connection| {
                let (days, time): (i32, DateTime<Utc>) = event_retention::table
                    .select((event_retention::days, now.into_sql::<Timestamptz>()))
                    .get_result(connection)?;
                let kept = keep_days.max(u32::try_from(days).unwrap_or_default());
                let oldest = time.checked_sub_signed(TimeDelta::days(kept.into()));
                let oldest = oldest.ok_or_else(|| Failure::defect("events are kept too long"))?;
                let cutoff = oldest.date_naive().and_time(NaiveTime::MIN).and_utc();
                Ok((Timestamp::from_datetime(cutoff), kept))
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
                diesel::select(copy_statistics_targets()).execute(connection)?;
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
        let (cutoff, kept) = self.cutoff(keep_days).await?;
        if kept > keep_days {
            tracing::warn!(
                days = kept,
                "events are kept for longer than WEBHOOK_EVENT_RETENTION_DAYS, as at the last migrate: migrate again"
            );
        }
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
            let drop = diesel::select(drop_partitions(cutoff.datetime()));
            let dropped = move |connection: &mut PgConnection| {
                unsigned("count", drop.get_result::<i64>(connection)?)
            };
            swept.days = self.pool.run(dropped).await?;
            swept.postponed = self.count(Statement::new(OLD_DAYS).bind(cutoff)).await? > 0;
        }
        // Last, because it may take long, and its failure does not affect the other steps.
        if let Err(error) = self.attach_default_partition().await {
            tracing::warn!(%error, "events or attempts in a default partition could not get a daily partition");
        }
        Ok(swept)
    }
}
