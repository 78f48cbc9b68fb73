//! The rows that the functions of lanes return.

use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
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

/// A leased lane without its due deliveries.
#[derive(QueryableByName)]
pub(super) struct LeaseRow {
    #[diesel(sql_type = BigInt)]
    lane: i64,
    #[diesel(sql_type = BigInt)]
    epoch: i64,
    #[diesel(sql_type = SqlUuid)]
    application_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    destination_id: Uuid,
    #[diesel(sql_type = Text)]
    url: String,
    #[diesel(sql_type = Array<Binary>)]
    secrets: Vec<Vec<u8>>,
    #[diesel(sql_type = Nullable<Text>)]
    health: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    leased_at: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    taken_over: bool,
}

impl LeaseRow {
    pub(super) fn into_lane(self) -> LeasedLane {
        LeasedLane {
            lane: LaneId::new(self.lane),
            epoch: LaneEpoch::new(self.epoch),
            application: ApplicationId::new(self.application_id),
            destination: DestinationId::new(self.destination_id),
            url: DestinationUrl::accepted(self.url),
            secrets: self.secrets.into_iter().map(SealedSecret::from_bytes).collect(),
            health: lane_health(self.health.as_deref()).unwrap_or_else(|_| {
                // The next attempts determine the health again. One lane must not prevent the lease of all others.
                tracing::warn!(lane = self.lane, "the stored health of a lane cannot be read");
                healthy()
            }),
            leased_at: Timestamp::from_datetime(self.leased_at),
            taken_over: self.taken_over,
            due: Vec::new(),
        }
    }
}

/// A due delivery; if its event no longer exists, only the event id is known.
#[derive(QueryableByName)]
pub(super) struct DueRow {
    #[diesel(sql_type = BigInt)]
    queue_seq: i64,
    #[diesel(sql_type = Integer)]
    attempts_made: i32,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: DateTime<Utc>,
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    webhook_type: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    timestamp_offset: Option<i32>,
}

impl DueRow {
    pub(super) fn into_delivery(self) -> Result<DueDelivery, Failure> {
        let timestamp_offset = self.timestamp_offset.unwrap_or_default();
        Ok(DueDelivery {
            queue_seq: self.queue_seq,
            attempts_made: unsigned("count of attempts", self.attempts_made.into())?,
            recorded_at: Timestamp::from_datetime(self.recorded_at),
            message: StoredMessage {
                event: EventId::new(self.event_id),
                webhook_type: self.webhook_type.unwrap_or_default(),
                body: self.body,
                timestamp_offset: unsigned("timestamp_offset", timestamp_offset.into())?,
            },
        })
    }
}

/// A due delivery of one of several lanes.
#[derive(QueryableByName)]
pub(super) struct LaneDueRow {
    #[diesel(sql_type = BigInt)]
    lane: i64,
    #[diesel(embed)]
    due: DueRow,
}

impl LaneDueRow {
    pub(super) fn into_delivery(self) -> Result<(LaneId, DueDelivery), Failure> {
        Ok((LaneId::new(self.lane), self.due.into_delivery()?))
    }
}

/// Assigns each lane its deliveries, in their order.
pub(super) fn hand_out(lanes: &mut [LeasedLane], due: Vec<(LaneId, DueDelivery)>) {
    for (lane, delivery) in due {
        if let Some(leased) = lanes.iter_mut().find(|leased| leased.lane == lane) {
            leased.due.push(delivery);
        }
    }
}
