//! Rows of destinations with the state of their lanes.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use users_domain::model::webhooks::{
    DeliveryOrdering, DeliveryStats, Destination, DestinationLabel, DestinationOverview,
    DestinationState, DestinationUrl, DisabledReason, EventName, Subscriptions, WebhookVersion,
};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};
use uuid::Uuid;

use crate::failure::Failure;
use crate::rows::{invalid, unsigned};
use crate::statement::Statement;

pub(super) const OVERVIEW_COLUMNS: &str = "d.application_id, d.id, d.label, d.url, d.webhook_version,
        d.subscribed_events, d.ordering, d.created_at, d.updated_at, l.disabled_reason, l.disabled_at, l.attempts,
        l.failures, l.total_duration_ms, l.min_duration_ms, l.max_duration_ms, l.last_attempt_at";
static LIST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {OVERVIEW_COLUMNS}
        FROM webhook_destinations d JOIN webhook_lanes l ON l.application_id = d.application_id AND l.destination_id = d.id
        WHERE d.application_id = $1 ORDER BY d.created_at, d.id"
    )
});

/// Lists the destinations of an application, oldest first.
pub(super) fn list(
    connection: &mut PgConnection,
    application: ApplicationId,
) -> Result<Vec<DestinationOverview>, Failure> {
    let rows: Vec<OverviewRow> = Statement::new(LIST.as_str())
        .bind(application.uuid())
        .rows(connection)?;
    rows.into_iter().map(OverviewRow::into_overview).collect()
}

#[derive(QueryableByName)]
pub(super) struct OverviewRow {
    #[diesel(sql_type = SqlUuid)]
    application_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    label: String,
    #[diesel(sql_type = Text)]
    url: String,
    #[diesel(sql_type = Text)]
    webhook_version: String,
    #[diesel(sql_type = Array<Text>)]
    subscribed_events: Vec<String>,
    #[diesel(sql_type = Text)]
    ordering: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Text>)]
    disabled_reason: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    disabled_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = BigInt)]
    attempts: i64,
    #[diesel(sql_type = BigInt)]
    failures: i64,
    #[diesel(sql_type = BigInt)]
    total_duration_ms: i64,
    #[diesel(sql_type = Nullable<Integer>)]
    min_duration_ms: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    max_duration_ms: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_attempt_at: Option<DateTime<Utc>>,
}

impl OverviewRow {
    pub(super) fn into_overview(self) -> Result<DestinationOverview, Failure> {
        let state = match (self.disabled_reason, self.disabled_at) {
            (None, _) => DestinationState::Enabled,
            (Some(reason), Some(since)) => DestinationState::Disabled {
                reason: DisabledReason::parse(&reason).map_err(invalid("disabled_reason"))?,
                since: Timestamp::from_datetime(since),
            },
            (Some(_), None) => {
                return Err(Failure::defect("a disabled destination has no disabled_at"));
            }
        };
        let events: Result<Vec<_>, _> = self
            .subscribed_events
            .iter()
            .map(|name| EventName::parse(name))
            .collect();
        let subscriptions = events
            .and_then(Subscriptions::new)
            .map_err(invalid("subscribed_events"))?;
        let destination = Destination {
            id: DestinationId::new(self.id),
            application: ApplicationId::new(self.application_id),
            label: DestinationLabel::from_stored(self.label),
            url: DestinationUrl::accepted(self.url),
            state,
            version: WebhookVersion::from_stored(self.webhook_version),
            subscriptions,
            ordering: DeliveryOrdering::parse(&self.ordering).map_err(invalid("ordering"))?,
            created_at: Timestamp::from_datetime(self.created_at),
            updated_at: Timestamp::from_datetime(self.updated_at),
        };
        let duration = |ms: Option<i32>| ms.map(|ms| unsigned("duration", ms.into())).transpose();
        let counted = DeliveryStats {
            attempts: unsigned("attempts", self.attempts)?,
            failures: unsigned("failures", self.failures)?,
            total_duration_ms: unsigned("total_duration_ms", self.total_duration_ms)?,
            min_duration_ms: duration(self.min_duration_ms)?,
            max_duration_ms: duration(self.max_duration_ms)?,
            last_attempt_at: self.last_attempt_at.map(Timestamp::from_datetime),
        };
        Ok(DestinationOverview {
            destination,
            stats: counted,
        })
    }
}
