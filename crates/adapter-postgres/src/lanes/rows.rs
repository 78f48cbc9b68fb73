//! What the functions of lanes answer.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Binary, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use users_domain::model::webhooks::{
    DestinationUrl, LaneEpoch, LaneId, SealedSecret, StoredMessage,
};
use users_domain::model::{ApplicationId, DestinationId, EventId, Timestamp};
use users_domain::ports::{DueDelivery, LeasedLane};
use users_domain::rules::webhooks::health::healthy;
use uuid::Uuid;

use crate::failure::Failure;
use crate::rows::{lane_health, unsigned};

#[derive(QueryableByName)]
pub(super) struct LaneRow {
    #[diesel(sql_type = BigInt)]
    lane: i64,
}

impl LaneRow {
    pub(super) fn into_id(self) -> LaneId {
        LaneId::new(self.lane)
    }
}

/// A lane without a delivery, or a delivery of it.
#[derive(QueryableByName)]
pub(super) struct LeaseRow {
    #[diesel(sql_type = BigInt)]
    lane: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    epoch: Option<i64>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    application_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    destination_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    url: Option<String>,
    #[diesel(sql_type = Nullable<Array<Binary>>)]
    secrets: Option<Vec<Vec<u8>>>,
    #[diesel(sql_type = Nullable<Text>)]
    health: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    leased_at: Option<DateTime<Utc>>,
    #[diesel(embed)]
    due: DueRow,
}

/// A due delivery; of an event that is gone, only the id is left.
#[derive(QueryableByName)]
pub(super) struct DueRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    place: Option<i64>,
    #[diesel(sql_type = Nullable<Integer>)]
    attempts_made: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    recorded_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    event_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    webhook_type: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    timestamp_offset: Option<i32>,
}

impl DueRow {
    pub(super) fn into_delivery(self) -> Result<DueDelivery, Failure> {
        let absent = || Failure::defect("a due delivery lacks a column");
        let attempts_made = self.attempts_made.ok_or_else(absent)?;
        let timestamp_offset = self.timestamp_offset.unwrap_or_default();
        Ok(DueDelivery {
            place: self.place.ok_or_else(absent)?,
            attempts_made: unsigned("count of attempts", attempts_made.into())?,
            recorded_at: Timestamp::from_datetime(self.recorded_at.ok_or_else(absent)?),
            message: StoredMessage {
                event: EventId::new(self.event_id.ok_or_else(absent)?),
                webhook_type: self.webhook_type.unwrap_or_default(),
                body: self.body,
                timestamp_offset: unsigned("timestamp_offset", timestamp_offset.into())?,
            },
        })
    }
}

/// Lanes in the order in which they came, each with its deliveries in theirs.
pub(super) fn leased_lanes(rows: Vec<LeaseRow>) -> Result<Vec<LeasedLane>, Failure> {
    let mut lanes: Vec<LeasedLane> = Vec::new();
    let mut places: HashMap<i64, usize> = HashMap::new();
    for row in rows {
        if row.due.place.is_none() {
            places.insert(row.lane, lanes.len());
            lanes.push(row.into_lane()?);
        } else if let Some(lane) = places
            .get(&row.lane)
            .and_then(|place| lanes.get_mut(*place))
        {
            lane.due.push(row.due.into_delivery()?);
        } else {
            return Err(Failure::defect("a due delivery of no leased lane"));
        }
    }
    Ok(lanes)
}

impl LeaseRow {
    fn into_lane(self) -> Result<LeasedLane, Failure> {
        let absent = || Failure::defect("a leased lane lacks a column");
        Ok(LeasedLane {
            lane: LaneId::new(self.lane),
            epoch: LaneEpoch::new(self.epoch.ok_or_else(absent)?),
            application: ApplicationId::new(self.application_id.ok_or_else(absent)?),
            destination: DestinationId::new(self.destination_id.ok_or_else(absent)?),
            url: DestinationUrl::accepted(self.url.ok_or_else(absent)?),
            secrets: self
                .secrets
                .ok_or_else(absent)?
                .into_iter()
                .map(SealedSecret::from_bytes)
                .collect(),
            health: lane_health(self.health.as_deref()).unwrap_or_else(|_| {
                // The next attempts find out anew. One lane must not keep all others from being leased.
                tracing::warn!(
                    lane = self.lane,
                    "the stored health of a lane cannot be read"
                );
                healthy()
            }),
            leased_at: Timestamp::from_datetime(self.leased_at.ok_or_else(absent)?),
            due: Vec::new(),
        })
    }
}
