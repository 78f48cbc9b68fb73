//! [`BacklogReader`] on PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use diesel::sql_types::BigInt;
use diesel::{PgConnection, QueryableByName};
use users_domain::ports::{Backlog, BacklogReader, StoreError};

use crate::adapters::PgBacklogReader;
use crate::failure::Failure;
use crate::rows::unsigned;
use crate::statement::Statement;

/// `$1` is the limit of each count.
const READ: &str = "
    WITH lanes AS MATERIALIZED (
        SELECT lane, CASE
            WHEN disabled_reason IS NOT NULL THEN 'disabled'
            WHEN lease_until > now() THEN 'leased'
            WHEN paused_until > now() THEN 'paused'
            WHEN wake_at <= now() THEN 'ready'
            ELSE 'idle'
        END AS state
        FROM webhook_lanes LIMIT $1
    )
    SELECT
        (SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) o) AS outbox,
        coalesce((SELECT greatest(0, extract(epoch FROM now() - event_recorded_at) * 1000)
            FROM outbox ORDER BY queue_seq LIMIT 1), 0)::bigint AS outbox_age_ms,
        (SELECT count(*) FROM (
            SELECT FROM lanes CROSS JOIN LATERAL (
                SELECT FROM webhook_deliveries w WHERE w.lane = lanes.lane AND w.due_at <= now() LIMIT $1) w
            WHERE state IN ('leased', 'ready', 'idle') LIMIT $1) d) AS due,
        (SELECT count(*) FROM (SELECT FROM webhook_dead_letters LIMIT $1) d) AS dead_letters,
        (SELECT count(*) FROM lanes WHERE state = 'idle') AS idle_lanes,
        (SELECT count(*) FROM lanes WHERE state = 'ready') AS ready_lanes,
        (SELECT count(*) FROM lanes WHERE state = 'leased') AS leased_lanes,
        (SELECT count(*) FROM lanes WHERE state = 'paused') AS paused_lanes,
        (SELECT count(*) FROM lanes WHERE state = 'disabled') AS disabled_lanes,
        (SELECT count(*) FROM (SELECT FROM events_default LIMIT $1) d)
            + (SELECT count(*) FROM (SELECT FROM webhook_attempts_default LIMIT $1) d) AS rows_without_partition";

#[async_trait]
impl BacklogReader for PgBacklogReader {
    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let most = i64::try_from(Backlog::COUNTED_TO).unwrap_or(i64::MAX);
        self.pool.run(move |connection| read(connection, most)).await
    }
}

#[derive(QueryableByName)]
struct BacklogRow {
    #[diesel(sql_type = BigInt)]
    outbox: i64,
    #[diesel(sql_type = BigInt)]
    outbox_age_ms: i64,
    #[diesel(sql_type = BigInt)]
    due: i64,
    #[diesel(sql_type = BigInt)]
    dead_letters: i64,
    #[diesel(sql_type = BigInt)]
    idle_lanes: i64,
    #[diesel(sql_type = BigInt)]
    ready_lanes: i64,
    #[diesel(sql_type = BigInt)]
    leased_lanes: i64,
    #[diesel(sql_type = BigInt)]
    paused_lanes: i64,
    #[diesel(sql_type = BigInt)]
    disabled_lanes: i64,
    #[diesel(sql_type = BigInt)]
    rows_without_partition: i64,
}

fn read(connection: &mut PgConnection, most: i64) -> Result<Backlog, Failure> {
    let row: Option<BacklogRow> = Statement::new(READ).bind(most).row(connection)?;
    let row = row.ok_or_else(|| Failure::defect("the backlog query returned no row"))?;
    let count = |value| unsigned("count", value);
    Ok(Backlog {
        outbox: count(row.outbox)?,
        outbox_age: Duration::from_millis(count(row.outbox_age_ms)?),
        due: count(row.due)?,
        dead_letters: count(row.dead_letters)?,
        idle_lanes: count(row.idle_lanes)?,
        ready_lanes: count(row.ready_lanes)?,
        leased_lanes: count(row.leased_lanes)?,
        paused_lanes: count(row.paused_lanes)?,
        disabled_lanes: count(row.disabled_lanes)?,
        rows_without_partition: count(row.rows_without_partition)?,
    })
}
