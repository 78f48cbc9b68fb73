//! Rows of attempts.

use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Integer, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use users_domain::model::webhooks::{Attempt, AttemptOutcome, AttemptTrigger, TransportError};
use users_domain::model::{ApplicationId, AttemptId, DestinationId, EventId, Timestamp};
use uuid::Uuid;

use crate::failure::Failure;
use crate::rows::{invalid, unsigned};

#[derive(QueryableByName)]
pub(super) struct AttemptRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    application_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    destination_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    event_recorded_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    webhook_type: String,
    #[diesel(sql_type = Text)]
    trigger: String,
    #[diesel(sql_type = SmallInt)]
    number: i16,
    #[diesel(sql_type = Nullable<SmallInt>)]
    status_code: Option<i16>,
    #[diesel(sql_type = Nullable<Text>)]
    error: Option<String>,
    #[diesel(sql_type = Integer)]
    duration_ms: i32,
    #[diesel(sql_type = Text)]
    outcome: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    next_attempt_at: Option<DateTime<Utc>>,
}

impl AttemptRow {
    pub(super) fn into_attempt(self) -> Result<Attempt, Failure> {
        let error = self.error.as_deref().map(TransportError::parse);
        let code = self
            .status_code
            .map(|code| unsigned("status_code", code.into()));
        Ok(Attempt {
            id: AttemptId::new(self.id),
            application: ApplicationId::new(self.application_id),
            destination: DestinationId::new(self.destination_id),
            event: EventId::new(self.event_id),
            event_recorded_at: Timestamp::from_datetime(self.event_recorded_at),
            webhook_type: self.webhook_type,
            trigger: AttemptTrigger::parse(&self.trigger).map_err(invalid("trigger"))?,
            number: unsigned("number", self.number.into())?,
            status_code: code.transpose()?,
            error: error.transpose().map_err(invalid("error"))?,
            duration_ms: unsigned("duration_ms", self.duration_ms.into())?,
            outcome: AttemptOutcome::parse(&self.outcome).map_err(invalid("outcome"))?,
            created_at: Timestamp::from_datetime(self.created_at),
            next_attempt_at: self.next_attempt_at.map(Timestamp::from_datetime),
        })
    }
}
