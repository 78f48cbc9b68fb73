//! Rows of attempts.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use users_domain::model::webhooks::{Attempt, AttemptOutcome, AttemptTrigger, TransportError};
use users_domain::model::{ApplicationId, AttemptId, DestinationId, EventId, Timestamp};
use uuid::Uuid;

use crate::failure::Failure;
use crate::rows::{invalid, unsigned};
use crate::schema::tables::webhook_attempts;

#[derive(Queryable, Insertable, QueryableByName, Selectable)]
#[diesel(table_name = webhook_attempts, treat_none_as_default_value = false)]
pub(crate) struct AttemptRow {
    id: Uuid,
    application_id: Uuid,
    destination_id: Uuid,
    event_id: Uuid,
    event_recorded_at: DateTime<Utc>,
    webhook_type: String,
    trigger: String,
    number: i16,
    status_code: Option<i16>,
    error: Option<String>,
    pub(super) duration_ms: i32,
    outcome: String,
    created_at: DateTime<Utc>,
    next_attempt_at: Option<DateTime<Utc>>,
}

impl AttemptRow {
    pub(super) fn of(attempt: &Attempt) -> Self {
        Self {
            id: attempt.id.uuid(),
            application_id: attempt.application.uuid(),
            destination_id: attempt.destination.uuid(),
            event_id: attempt.event.uuid(),
            event_recorded_at: attempt.event_recorded_at.datetime(),
            webhook_type: attempt.webhook_type.clone(),
            trigger: attempt.trigger.as_str().to_owned(),
            number: i16::try_from(attempt.number).unwrap_or(i16::MAX),
            status_code: attempt.status_code.and_then(|code| i16::try_from(code).ok()),
            error: attempt.error.map(|error| error.as_str().to_owned()),
            duration_ms: i32::try_from(attempt.duration_ms).unwrap_or(i32::MAX),
            outcome: attempt.outcome.as_str().to_owned(),
            created_at: attempt.created_at.datetime(),
            next_attempt_at: attempt.next_attempt_at.map(Timestamp::datetime),
        }
    }

    pub(super) fn into_attempt(self) -> Result<Attempt, Failure> {
        let error = self.error.as_deref().map(TransportError::parse);
        let code = self.status_code.map(|code| unsigned("status_code", code.into()));
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
