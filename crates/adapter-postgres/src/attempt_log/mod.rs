//! [`AttemptLog`] on PostgreSQL. Attempts of a removed destination stay until their daily partition is dropped; every
//! query requires the destination, so none returns them.

mod row;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Integer, Nullable, Text, Timestamptz};
use users_domain::model::webhooks::{
    Attempt, AttemptOutcome, AttemptPage, AttemptQuery, AttemptStart, StoredMessage,
};
use users_domain::model::{ApplicationId, AttemptId, DestinationId, EventId, Timestamp};
use users_domain::ports::{AttemptLog, StoreError};
use uuid::Uuid;

use crate::failure::Failure;
use crate::numbers::signed;
use crate::pool::{Pool, Work};
use crate::rows::unsigned;
use crate::statement::Statement;
use row::AttemptRow;

/// The start of every query.
macro_rules! attempts_where {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.application_id, a.destination_id, a.event_id, a.event_recorded_at, a.webhook_type, a.trigger,
                a.number, a.status_code, a.error, a.duration_ms, a.outcome, a.created_at, a.next_attempt_at
            FROM webhook_attempts a
            WHERE a.application_id = $1 AND a.destination_id = $2 AND EXISTS (SELECT FROM webhook_destinations d
                WHERE d.application_id = $1 AND d.id = $2) ",
            $rest
        )
    };
}

const FIND: &str = attempts_where!("AND a.id = $3");
const LIST: &str = attempts_where!(
    "AND a.created_at >= coalesce($3, '-infinity') AND a.created_at < coalesce($4, 'infinity')
    AND a.created_at <= coalesce($5, 'infinity') AND (a.created_at, a.id) < (coalesce($5, 'infinity'), $6)
    AND a.outcome = ANY($7)
    ORDER BY a.created_at DESC, a.id DESC OFFSET $8 LIMIT $9"
);
/// The same query, through the index that contains only failures.
const LIST_FAILED: &str = attempts_where!(
    "AND a.created_at >= coalesce($3, '-infinity') AND a.created_at < coalesce($4, 'infinity')
    AND a.created_at <= coalesce($5, 'infinity') AND (a.created_at, a.id) < (coalesce($5, 'infinity'), $6)
    AND a.outcome = ANY($7) AND a.outcome <> 'delivered'
    ORDER BY a.created_at DESC, a.id DESC OFFSET $8 LIMIT $9"
);
const LAST_FAILURE: &str =
    attempts_where!("AND a.outcome <> 'delivered' ORDER BY a.created_at DESC, a.id DESC LIMIT 1");
const ADD: &str = "WITH counted AS (
        UPDATE webhook_lanes SET attempts = attempts + 1, failures = failures + $1,
            total_duration_ms = total_duration_ms + $2, min_duration_ms = least(min_duration_ms, $2::integer),
            max_duration_ms = greatest(max_duration_ms, $2::integer), last_attempt_at = greatest(last_attempt_at, now())
        WHERE application_id = $3 AND destination_id = $4 RETURNING lane
    ), logged AS (
        INSERT INTO webhook_attempts (application_id, destination_id, id, event_id, event_recorded_at, next_attempt_at,
            duration_ms, number, status_code, webhook_type, trigger, outcome, error)
        SELECT $3, $4, $5, $6, $7, $8, $2::integer, $9::smallint, $10::smallint, $11, $12, $13, $14 FROM counted
    ), received AS (
        DELETE FROM webhook_dead_letters l USING counted
        WHERE l.application_id = $3 AND l.destination_id = $4 AND l.event_id = $6
            AND $12 = 'resend' AND $13 = 'delivered'
    )
    SELECT now() AS at";
const MESSAGE: &str = "SELECT webhook_type, body, timestamp_offset FROM events
    WHERE application_id = $1 AND recorded_at = $2 AND id = $3";

/// Stores the log of attempts.
#[derive(Clone)]
pub struct PgAttemptLog {
    pool: Pool,
}

impl PgAttemptLog {
    /// Creates the log on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl AttemptLog for PgAttemptLog {
    async fn list(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        query: &AttemptQuery,
    ) -> Result<AttemptPage, StoreError> {
        let limit = query.limit.rows();
        let statement = page(application, destination, query);
        self.pool
            .read(application, move |reading| {
                let rows: Vec<AttemptRow> = reading.rows(statement)?;
                let more = rows.len() > limit;
                let shown = rows.into_iter().take(limit);
                let attempts = shown.map(AttemptRow::into_attempt);
                Ok(AttemptPage {
                    attempts: attempts.collect::<Result<_, _>>()?,
                    more,
                })
            })
            .await
    }

    async fn find(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        id: AttemptId,
    ) -> Result<Option<Attempt>, StoreError> {
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                let row: Option<AttemptRow> = Statement::new(FIND)
                    .bind(application.uuid())
                    .bind(destination.uuid())
                    .bind(id.uuid())
                    .row(connection)?;
                row.map(AttemptRow::into_attempt).transpose()
            })
            .await
    }

    async fn add(&self, attempt: Attempt) -> Result<Attempt, StoreError> {
        let statement = addition(&attempt);
        let at = self
            .pool
            .run_for(attempt.application, Work::Write, move |connection| {
                let row: Option<Moment> = statement.row(connection)?;
                row.map(|row| Timestamp::from_datetime(row.at))
                    .ok_or_else(|| Failure::defect("the database returned no time"))
            })
            .await?;
        Ok(Attempt {
            created_at: at,
            ..attempt
        })
    }

    async fn message(
        &self,
        application: ApplicationId,
        event: EventId,
        recorded_at: Timestamp,
    ) -> Result<Option<StoredMessage>, StoreError> {
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                let row: Option<MessageRow> = Statement::new(MESSAGE)
                    .bind(application.uuid())
                    .bind(recorded_at)
                    .bind(event.uuid())
                    .row(connection)?;
                row.map(|row| row.into_message(event)).transpose()
            })
            .await
    }
}

/// The latest failed attempt of a destination.
pub(crate) fn last_failure(
    connection: &mut PgConnection,
    application: ApplicationId,
    destination: DestinationId,
) -> Result<Option<Attempt>, Failure> {
    let row: Option<AttemptRow> = Statement::new(LAST_FAILURE)
        .bind(application.uuid())
        .bind(destination.uuid())
        .row(connection)?;
    row.map(AttemptRow::into_attempt).transpose()
}

pub(crate) fn page(
    application: ApplicationId,
    destination: DestinationId,
    query: &AttemptQuery,
) -> Statement {
    let (after, offset) = match query.start {
        AttemptStart::Offset(rows) => (None, rows),
        AttemptStart::After { created_at, id } => (Some((created_at, id)), 0),
    };
    let outcomes = query.filter.outcomes.as_deref();
    let outcomes = outcomes.unwrap_or(&AttemptOutcome::ALL);
    let text = if outcomes.contains(&AttemptOutcome::Delivered) {
        LIST
    } else {
        LIST_FAILED
    };
    let words = outcomes.iter().map(|outcome| outcome.as_str().to_owned());
    Statement::new(text)
        .bind(application.uuid())
        .bind(destination.uuid())
        .bind(query.filter.created_at.from)
        .bind(query.filter.created_at.before)
        .bind(after.map(|(created_at, _)| created_at))
        .bind(after.map_or(Uuid::max(), |(_, id)| id.uuid()))
        .bind(words.collect::<Vec<_>>())
        .bind(i64::try_from(offset).unwrap_or(i64::MAX))
        .bind(signed(query.limit.rows() + 1))
}

fn addition(attempt: &Attempt) -> Statement {
    let failed = attempt.outcome != AttemptOutcome::Delivered;
    let number = i64::from(attempt.number).min(i64::from(i16::MAX));
    Statement::new(ADD)
        .bind(i64::from(failed))
        .bind(i64::from(attempt.duration_ms).min(i64::from(i32::MAX)))
        .bind(attempt.application.uuid())
        .bind(attempt.destination.uuid())
        .bind(attempt.id.uuid())
        .bind(attempt.event.uuid())
        .bind(attempt.event_recorded_at)
        .bind(attempt.next_attempt_at)
        .bind(number)
        .bind(attempt.status_code.map(i64::from))
        .bind(attempt.webhook_type.as_str())
        .bind(attempt.trigger.as_str())
        .bind(attempt.outcome.as_str())
        .bind(attempt.error.map(|error| error.as_str().to_owned()))
}

#[derive(QueryableByName)]
struct Moment {
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct MessageRow {
    #[diesel(sql_type = Text)]
    webhook_type: String,
    #[diesel(sql_type = Nullable<Text>)]
    body: Option<String>,
    #[diesel(sql_type = Integer)]
    timestamp_offset: i32,
}

impl MessageRow {
    fn into_message(self, event: EventId) -> Result<StoredMessage, Failure> {
        Ok(StoredMessage {
            event,
            webhook_type: self.webhook_type,
            body: self.body,
            timestamp_offset: unsigned("timestamp_offset", self.timestamp_offset.into())?,
        })
    }
}
