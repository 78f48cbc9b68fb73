//! Rows of destinations with the state of their lanes.

use chrono::{DateTime, Utc};
use diesel::dsl::auto_type;
use diesel::prelude::*;
use users_domain::model::webhooks::{
    DeliveryOrdering, DeliveryStats, Destination, DestinationLabel, DestinationOverview,
    DestinationState, DestinationUrl, DisabledReason, EventName, Subscriptions, WebhookVersion,
};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};
use uuid::Uuid;

use crate::failure::Failure;
use crate::rows::{invalid, optional_unsigned, unsigned};
use crate::schema::tables::{webhook_destinations, webhook_lanes};

#[auto_type(no_type_alias)]
pub(super) fn with_lanes() -> _ {
    let is_of_application = webhook_lanes::application_id.eq(webhook_destinations::application_id);
    let is_of_destination = webhook_lanes::destination_id.eq(webhook_destinations::id);
    webhook_destinations::table
        .inner_join(webhook_lanes::table.on(is_of_application.and(is_of_destination)))
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhook_destinations, primary_key(application_id, id))]
pub(super) struct DestinationRow {
    application_id: Uuid,
    id: Uuid,
    label: String,
    url: String,
    webhook_version: String,
    subscribed_events: Vec<String>,
    ordering: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhook_lanes)]
pub(super) struct LaneRow {
    disabled_reason: Option<String>,
    disabled_at: Option<DateTime<Utc>>,
    attempts: i64,
    failures: i64,
    total_duration_ms: i64,
    min_duration_ms: Option<i32>,
    max_duration_ms: Option<i32>,
    last_attempt_at: Option<DateTime<Utc>>,
}

pub(super) type OverviewRow = (DestinationRow, LaneRow);

impl DestinationRow {
    pub(super) fn of(destination: &Destination) -> Self {
        let names = destination.subscriptions.names().iter();
        Self {
            application_id: destination.application.uuid(),
            id: destination.id.uuid(),
            label: destination.label.as_str().to_owned(),
            url: destination.url.as_str().to_owned(),
            webhook_version: destination.version.as_str().to_owned(),
            subscribed_events: names.map(|name| name.as_str().to_owned()).collect(),
            ordering: destination.ordering.as_str().to_owned(),
            created_at: destination.created_at.datetime(),
            updated_at: destination.updated_at.datetime(),
        }
    }
}

pub(super) fn overview((row, lane): OverviewRow) -> Result<DestinationOverview, Failure> {
    let state = match (lane.disabled_reason, lane.disabled_at) {
        (None, _) => DestinationState::Enabled,
        (Some(reason), Some(since)) => DestinationState::Disabled {
            reason: DisabledReason::parse(&reason).map_err(invalid("disabled_reason"))?,
            since: Timestamp::from_datetime(since),
        },
        (Some(_), None) => {
            return Err(Failure::defect("a disabled destination has no disabled_at"));
        }
    };
    let events: Result<Vec<_>, _> =
        row.subscribed_events.iter().map(|name| EventName::parse(name)).collect();
    let subscriptions =
        events.and_then(Subscriptions::new).map_err(invalid("subscribed_events"))?;
    let destination = Destination {
        id: DestinationId::new(row.id),
        application: ApplicationId::new(row.application_id),
        label: DestinationLabel::from_stored(row.label),
        url: DestinationUrl::accepted(row.url),
        state,
        version: WebhookVersion::from_stored(row.webhook_version),
        subscriptions,
        ordering: DeliveryOrdering::parse(&row.ordering).map_err(invalid("ordering"))?,
        created_at: Timestamp::from_datetime(row.created_at),
        updated_at: Timestamp::from_datetime(row.updated_at),
    };
    let duration = |ms: Option<i32>| optional_unsigned("duration", ms.map(i64::from));
    let counted = DeliveryStats {
        attempts: unsigned("attempts", lane.attempts)?,
        failures: unsigned("failures", lane.failures)?,
        total_duration_ms: unsigned("total_duration_ms", lane.total_duration_ms)?,
        min_duration_ms: duration(lane.min_duration_ms)?,
        max_duration_ms: duration(lane.max_duration_ms)?,
        last_attempt_at: lane.last_attempt_at.map(Timestamp::from_datetime),
    };
    Ok(DestinationOverview { destination, stats: counted })
}
