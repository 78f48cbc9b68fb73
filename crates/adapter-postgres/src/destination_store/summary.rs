//! Reads one destination with all its details.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use users_domain::model::webhooks::{DestinationDetail, DestinationSummary};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};

use super::row::{OVERVIEW_COLUMNS, OverviewRow};
use crate::attempt_log::last_failure;
use crate::failure::Failure;
use crate::recovery_store::last_recovery;
use crate::rows::{lane_health, unsigned};
use crate::statement::Statement;

/// Counts stop at $1, so that millions of rows do not slow the query down.
static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {OVERVIEW_COLUMNS}, l.health::text AS health,
        CASE WHEN l.paused_until > now() THEN l.paused_until END AS paused_until,
        (SELECT count(*) FROM (SELECT FROM webhook_deliveries w WHERE w.lane = l.lane LIMIT $1) w) AS waiting,
        (SELECT w.event_recorded_at FROM webhook_deliveries w WHERE w.lane = l.lane
            ORDER BY w.place LIMIT 1) AS oldest_waiting_since,
        (SELECT count(*) FROM (SELECT FROM webhook_dead_letters x
            WHERE x.application_id = d.application_id AND x.destination_id = d.id LIMIT $1) x) AS dead_letters,
        (SELECT s.created_at FROM webhook_secrets s
            WHERE s.application_id = d.application_id AND s.destination_id = d.id
            ORDER BY s.number DESC LIMIT 1) AS secret_created_at,
        (SELECT max(s.signs_until) FROM webhook_secrets s
            WHERE s.application_id = d.application_id AND s.destination_id = d.id
                AND s.signs_until > now()) AS old_secret_signs_until
        FROM webhook_destinations d JOIN webhook_lanes l ON l.application_id = d.application_id AND l.destination_id = d.id
        WHERE d.application_id = $2 AND d.id = $3"
    )
});

/// Reads the destination with this id.
pub(super) fn find(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
) -> Result<Option<DestinationDetail>, Failure> {
    let most = i64::try_from(DestinationSummary::COUNTED_TO).unwrap_or(i64::MAX);
    let row: Option<DetailRow> = Statement::new(FIND.as_str())
        .bind(most)
        .bind(application.uuid())
        .bind(id.uuid())
        .row(connection)?;
    let Some(row) = row else { return Ok(None) };
    let health = lane_health(row.health.as_deref())?;
    let overview = row.overview.into_overview()?;
    let secret_created_at = row
        .secret_created_at
        .ok_or_else(|| Failure::defect("a destination has no secret"))?;
    let summary = DestinationSummary {
        waiting: unsigned("count", row.waiting)?,
        dead_letters: unsigned("count", row.dead_letters)?,
        oldest_waiting_since: row.oldest_waiting_since.map(Timestamp::from_datetime),
        breaker: health.breaker,
        paused_until: row.paused_until.map(Timestamp::from_datetime),
        failing: health.failing,
        last_failure: last_failure(connection, application, id)?,
        secret_created_at: Timestamp::from_datetime(secret_created_at),
        old_secret_signs_until: row.old_secret_signs_until.map(Timestamp::from_datetime),
        last_recovery: last_recovery(connection, application, id)?,
    };
    Ok(Some(DestinationDetail {
        destination: overview.destination,
        stats: overview.stats,
        summary,
    }))
}

#[derive(QueryableByName)]
struct DetailRow {
    #[diesel(embed)]
    overview: OverviewRow,
    #[diesel(sql_type = Nullable<Text>)]
    health: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    paused_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    oldest_waiting_since: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    dead_letters: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    secret_created_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    old_secret_signs_until: Option<DateTime<Utc>>,
}
