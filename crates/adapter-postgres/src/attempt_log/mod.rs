//! [`AttemptLog`] on PostgreSQL. Attempts of a removed destination stay until their daily partition is dropped; every
//! query requires the destination, so none returns them.

mod row;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, now, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Timestamptz};
use users_domain::model::webhooks::{
    Attempt, AttemptOutcome, AttemptPage, AttemptQuery, AttemptStart, AttemptTrigger, StoredMessage,
};
use users_domain::model::{ApplicationId, AttemptId, DestinationId, EventId, Timestamp};
use users_domain::ports::{AttemptLog, StoreError};
use uuid::Uuid;

use crate::adapters::PgAttemptLog;
use crate::failure::Failure;
use crate::numbers::signed;
use crate::pool::Work;
use crate::rows::unsigned;
use crate::schema::functions::{greatest_integer, greatest_time, least_integer};
use crate::schema::tables::{
    events, webhook_attempts, webhook_dead_letters, webhook_destinations, webhook_lanes,
};
use crate::statement::Statement;
pub(crate) use row::AttemptRow;

/// The start of a page.
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
                Ok(AttemptPage { attempts: attempts.collect::<Result<_, _>>()?, more })
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
                let row = of_destination(application, destination)
                    .filter(webhook_attempts::id.eq(id.uuid()))
                    .select(AttemptRow::as_select())
                    .get_result(connection)
                    .optional()?;
                row.map(AttemptRow::into_attempt).transpose()
            })
            .await
    }

    async fn add(&self, attempt: Attempt) -> Result<Attempt, StoreError> {
        self.pool
            .run_for(attempt.application, Work::Write, move |connection| {
                connection.transaction(|connection| add(connection, attempt))
            })
            .await
    }

    async fn message(
        &self,
        application: ApplicationId,
        event: EventId,
        recorded_at: Timestamp,
    ) -> Result<Option<StoredMessage>, StoreError> {
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                let row = events::table
                    .find((application.uuid(), recorded_at.datetime(), event.uuid()))
                    .select(MessageRow::as_select())
                    .get_result(connection)
                    .optional()?;
                row.map(|row| row.into_message(event)).transpose()
            })
            .await
    }
}

/// The attempts of a destination that exists.
#[diesel::dsl::auto_type(no_type_alias)]
fn of_destination(application: ApplicationId, destination: DestinationId) -> _ {
    let application: Uuid = application.uuid();
    let destination: Uuid = destination.uuid();
    webhook_attempts::table
        .filter(webhook_attempts::application_id.eq(application))
        .filter(webhook_attempts::destination_id.eq(destination))
        .filter(exists(webhook_destinations::table.find((application, destination))))
}

/// Counts and stores an attempt, unless its destination was removed. A resent message that was received is not a dead
/// letter any more.
fn add(connection: &mut PgConnection, attempt: Attempt) -> Result<Attempt, Failure> {
    let at: DateTime<Utc> = diesel::select(now.into_sql::<Timestamptz>()).get_result(connection)?;
    let attempt = Attempt { created_at: Timestamp::from_datetime(at), ..attempt };
    let row = AttemptRow::of(&attempt);
    let (application, destination) = (attempt.application.uuid(), attempt.destination.uuid());
    let is_delivered = attempt.outcome == AttemptOutcome::Delivered;
    let lane = webhook_lanes::table
        .filter(webhook_lanes::application_id.eq(application))
        .filter(webhook_lanes::destination_id.eq(destination));
    let duration = row.duration_ms;
    let counted = diesel::update(lane)
        .set((
            webhook_lanes::attempts.eq(webhook_lanes::attempts + 1),
            webhook_lanes::failures.eq(webhook_lanes::failures + i64::from(!is_delivered)),
            webhook_lanes::total_duration_ms
                .eq(webhook_lanes::total_duration_ms + i64::from(duration)),
            webhook_lanes::min_duration_ms
                .eq(least_integer(webhook_lanes::min_duration_ms, duration)),
            webhook_lanes::max_duration_ms
                .eq(greatest_integer(webhook_lanes::max_duration_ms, duration)),
            webhook_lanes::last_attempt_at.eq(greatest_time(webhook_lanes::last_attempt_at, at)),
        ))
        .execute(connection)?;
    if counted == 0 {
        return Ok(attempt);
    }
    diesel::insert_into(webhook_attempts::table).values(row).execute(connection)?;
    if is_delivered && attempt.trigger == AttemptTrigger::Resend {
        let received = webhook_dead_letters::table
            .filter(webhook_dead_letters::application_id.eq(application))
            .filter(webhook_dead_letters::destination_id.eq(destination))
            .filter(webhook_dead_letters::event_id.eq(attempt.event.uuid()));
        diesel::delete(received).execute(connection)?;
    }
    Ok(attempt)
}

pub(crate) fn last_failure(
    connection: &mut PgConnection,
    application: ApplicationId,
    destination: DestinationId,
) -> Result<Option<Attempt>, Failure> {
    let row = of_destination(application, destination)
        // A literal, which the condition of the index of failures needs.
        .filter(sql::<Bool>("webhook_attempts.outcome <> 'delivered'"))
        .order((webhook_attempts::created_at.desc(), webhook_attempts::id.desc()))
        .select(AttemptRow::as_select())
        .first(connection)
        .optional()?;
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
    let text = if outcomes.contains(&AttemptOutcome::Delivered) { LIST } else { LIST_FAILED };
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

#[derive(Queryable, Selectable)]
#[diesel(table_name = events)]
struct MessageRow {
    webhook_type: String,
    body: Option<String>,
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
