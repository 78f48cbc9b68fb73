//! Reads one destination with all its details.

use chrono::{DateTime, Utc};
use diesel::dsl::{case_when, max, now, sql};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use users_domain::model::webhooks::{DestinationDetail, DestinationSummary};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};

use super::row::{DestinationRow, LaneRow, OverviewRow, overview, with_lanes};
use crate::attempt_log::last_failure;
use crate::failure::Failure;
use crate::recovery_store::last_recovery;
use crate::rows::{lane_health, unsigned};
use crate::schema::tables::{
    webhook_deliveries, webhook_destinations, webhook_lanes, webhook_secrets,
};

/// Counts stop at a limit, so that millions of rows do not slow the query down.
const WAITING: &str = "(SELECT count(*) FROM (SELECT FROM webhook_deliveries w
    WHERE w.lane = webhook_lanes.lane LIMIT ";
const DEAD_LETTERS: &str = "(SELECT count(*) FROM (SELECT FROM webhook_dead_letters x
    WHERE x.application_id = webhook_lanes.application_id AND x.destination_id = webhook_lanes.destination_id LIMIT ";

#[derive(Queryable)]
struct SummaryRow {
    overview: OverviewRow,
    health: Option<String>,
    paused_until: Option<DateTime<Utc>>,
    waiting: i64,
    oldest_waiting_since: Option<DateTime<Utc>>,
    dead_letters: i64,
    secret_created_at: Option<DateTime<Utc>>,
    old_secret_signs_until: Option<DateTime<Utc>>,
}

pub(super) fn find(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
) -> Result<Option<DestinationDetail>, Failure> {
    let most = i64::try_from(DestinationSummary::COUNTED_TO).unwrap_or(i64::MAX);
    let count = |start| sql::<BigInt>(start).bind::<BigInt, _>(most).sql(") counted)");
    let paused_until = webhook_lanes::paused_until;
    let secrets = webhook_secrets::table
        .filter(webhook_secrets::application_id.eq(webhook_destinations::application_id))
        .filter(webhook_secrets::destination_id.eq(webhook_destinations::id));
    let row: Option<SummaryRow> = with_lanes()
        .filter(webhook_destinations::application_id.eq(application.uuid()))
        .filter(webhook_destinations::id.eq(id.uuid()))
        .select((
            <(DestinationRow, LaneRow)>::as_select(),
            webhook_lanes::health.cast::<Nullable<Text>>(),
            case_when(paused_until.gt(now), paused_until),
            count(WAITING),
            webhook_deliveries::table
                .filter(webhook_deliveries::lane.eq(webhook_lanes::lane))
                .order(webhook_deliveries::queue_seq)
                .limit(1)
                .select(webhook_deliveries::event_recorded_at)
                .single_value(),
            count(DEAD_LETTERS),
            secrets
                .order(webhook_secrets::number.desc())
                .limit(1)
                .select(webhook_secrets::created_at)
                .single_value(),
            secrets
                .filter(webhook_secrets::signs_until.gt(now))
                .select(max(webhook_secrets::signs_until))
                .single_value(),
        ))
        .get_result(connection)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let health = lane_health(row.health.as_deref())?;
    let overview = overview(row.overview)?;
    let secret_created_at =
        row.secret_created_at.ok_or_else(|| Failure::defect("a destination has no secret"))?;
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
