//! Adds, changes and removes destinations. Each is a transaction that locks the destination first, then its lane; it
//! locks no row of another destination.

use chrono::{DateTime, Utc};
use diesel::dsl::{case_when, now, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Jsonb, Nullable, Timestamptz};
use users_domain::model::webhooks::{
    DeliveryOrdering, Destination, DestinationState, DestinationUrl, SealedSecret,
};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};
use users_domain::ports::{AddDestinationError, ChangeDestinationError, DestinationChange};
use users_domain::rules::webhooks::ChangedDestination;

use super::row::{DestinationRow, LaneRow, overview};
use crate::failure::Failure;
use crate::schema::functions::{
    arrange_webhook_lane, hashtextextended, pg_advisory_xact_lock, skip_webhook_deliveries,
};
use crate::schema::tables::{webhook_destinations, webhook_lanes, webhook_secrets};
use crate::statement::Statement;
use crate::transaction::brief_transaction;

const CLEAR_QUEUE: &str =
    "DELETE FROM webhook_deliveries WHERE lane = $1 AND queue_seq = ANY(ARRAY(
    SELECT queue_seq FROM webhook_deliveries WHERE lane = $1 ORDER BY queue_seq LIMIT $2))";
const CLEAR_DEAD_LETTERS: &str = "DELETE FROM webhook_dead_letters
    WHERE application_id = $1 AND destination_id = $2 AND queue_seq = ANY(ARRAY(
        SELECT queue_seq FROM webhook_dead_letters WHERE application_id = $1 AND destination_id = $2
        ORDER BY queue_seq LIMIT $3))";

/// The maximum number of rows of a queue that one transaction changes.
const PORTION: i64 = 5_000;

pub(super) fn add(
    connection: &mut PgConnection,
    destination: &Destination,
    secret: &SealedSecret,
) -> Result<Result<(), AddDestinationError>, Failure> {
    let (application, id) = (destination.application, destination.id);
    brief_transaction(connection, |connection| {
        let others = other_urls(connection, application, id)?;
        if is_taken(&others, &destination.url) {
            return Ok(Err(AddDestinationError::Duplicate));
        }
        if others.len() >= Destination::MAX_PER_APPLICATION {
            return Ok(Err(AddDestinationError::TooMany));
        }
        diesel::insert_into(webhook_destinations::table)
            .values(DestinationRow::of(destination))
            .execute(connection)?;
        insert_secret(connection, application, id, secret)?;
        // Whether an event is delivered depends on the database's clock, so a disabled destination is disabled since
        // now.
        let (reason, _) = disabled(destination.state);
        let is_disabled = reason.is_some().into_sql::<Bool>();
        diesel::insert_into(webhook_lanes::table)
            .values((
                webhook_lanes::application_id.eq(application.uuid()),
                webhook_lanes::destination_id.eq(id.uuid()),
                webhook_lanes::disabled_reason.eq(reason),
                webhook_lanes::disabled_at
                    .eq(case_when(is_disabled, now.into_sql::<Timestamptz>())),
            ))
            .execute(connection)?;
        Ok(Ok(()))
    })
}

pub(super) fn insert_secret(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
    secret: &SealedSecret,
) -> QueryResult<usize> {
    diesel::insert_into(webhook_secrets::table)
        .values((
            webhook_secrets::application_id.eq(application.uuid()),
            webhook_secrets::destination_id.eq(id.uuid()),
            webhook_secrets::sealed.eq(secret.as_bytes()),
        ))
        .execute(connection)
}

/// Changes a destination in as many transactions as its queue needs. If it fails between two, only due times and dead
/// letters have changed, and the client repeats the request.
pub(super) fn change(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
    change: &DestinationChange,
    at: Timestamp,
) -> Result<Result<(), ChangeDestinationError>, Failure> {
    loop {
        let answer = brief_transaction(connection, |connection| {
            change_portion(connection, application, id, change, at)
        })?;
        if let Some(answer) = answer {
            return Ok(answer);
        }
    }
}

/// Returns `None` if it changed as many deliveries as allowed: there may be others, and nothing else is changed yet.
fn change_portion(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
    change: &DestinationChange,
    at: Timestamp,
) -> Result<Option<Result<(), ChangeDestinationError>>, Failure> {
    let others = match &change.url {
        Some(_) => other_urls(connection, application, id)?,
        None => Vec::new(),
    };
    // The URL is a key: to change it, a destination is locked like one that is removed. With a weaker lock, a step of
    // its recovery could lock the destination as well, wait for the lane, and so deadlock with the change.
    let destination = webhook_destinations::table.find((application.uuid(), id.uuid()));
    let row = destination
        .select(DestinationRow::as_select())
        .for_update()
        .get_result(connection)
        .optional()?;
    let Some(row) = row else {
        return Ok(Some(Err(ChangeDestinationError::NotFound)));
    };
    let lane_of_destination = webhook_lanes::table
        .filter(webhook_lanes::application_id.eq(application.uuid()))
        .filter(webhook_lanes::destination_id.eq(id.uuid()));
    let (lane_row, lane, time): (LaneRow, i64, DateTime<Utc>) = lane_of_destination
        .select((LaneRow::as_select(), webhook_lanes::lane, now.into_sql::<Timestamptz>()))
        .for_no_key_update()
        .get_result(connection)?;
    if change.url.as_ref().is_some_and(|url| is_taken(&others, url)) {
        return Ok(Some(Err(ChangeDestinationError::Duplicate)));
    }
    let before = overview((row, lane_row))?.destination;
    let changed = change.clone().apply(&before, at, Timestamp::from_datetime(time));
    let Some(changed) = changed else {
        return Ok(Some(Ok(())));
    };
    if is_queue_left(connection, lane, &changed)? {
        return Ok(None);
    }
    diesel::update(destination).set(DestinationRow::of(&changed.after)).execute(connection)?;
    if changed.ends_lease() {
        // The worker that has leased the lane knows only the old destination and would report its health: its lease
        // epoch becomes invalid. The lease still excludes other workers until it expires, because attempts may be in
        // progress.
        let (reason, since) = disabled(changed.after.state);
        diesel::update(lane_of_destination)
            .set((
                webhook_lanes::disabled_reason.eq(reason),
                webhook_lanes::disabled_at.eq(since.map(Timestamp::datetime)),
                webhook_lanes::lease_epoch.eq(webhook_lanes::lease_epoch + 1),
            ))
            .execute(connection)?;
    }
    if changed.resets_health() {
        diesel::update(lane_of_destination)
            .set((
                webhook_lanes::health.eq(sql::<Nullable<Jsonb>>("NULL")),
                webhook_lanes::paused_until.eq(None::<DateTime<Utc>>),
                webhook_lanes::wake_at.eq(now),
            ))
            .execute(connection)?;
    }
    Ok(Some(Ok(())))
}

/// Changes a portion of the queue. Returns whether there may be deliveries left.
fn is_queue_left(
    connection: &mut PgConnection,
    lane: i64,
    changed: &ChangedDestination,
) -> Result<bool, Failure> {
    if changed.skips_waiting() {
        let skip = diesel::select(skip_webhook_deliveries(lane, PORTION));
        if skip.get_result::<i64>(connection)? >= PORTION {
            return Ok(true);
        }
    }
    if !changed.is_reordered() && !changed.is_enabled() {
        return Ok(false);
    }
    let arrange = diesel::select(arrange_webhook_lane(
        lane,
        changed.is_reordered(),
        changed.after.ordering == DeliveryOrdering::PerUser,
        changed.is_enabled(),
        PORTION,
    ));
    Ok(arrange.get_result::<i64>(connection)? >= PORTION)
}

/// Locks a destination until the end of the transaction. Returns whether it exists.
pub(crate) fn lock_destination(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
) -> QueryResult<bool> {
    let locked = webhook_destinations::table
        .find((application.uuid(), id.uuid()))
        .select(webhook_destinations::id)
        .for_no_key_update()
        .execute(connection)?;
    Ok(locked > 0)
}

/// Removes a destination, but not the rows of its queue. Returns the lane; `None`: there is no such destination.
pub(super) fn remove(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
) -> Result<Option<i64>, Failure> {
    brief_transaction(connection, |connection| {
        let destination = webhook_destinations::table.find((application.uuid(), id.uuid()));
        let locked =
            destination.select(webhook_destinations::id).for_update().execute(connection)?;
        if locked == 0 {
            return Ok(None);
        }
        let lane = webhook_lanes::table
            .filter(webhook_lanes::application_id.eq(application.uuid()))
            .filter(webhook_lanes::destination_id.eq(id.uuid()))
            .select(webhook_lanes::lane)
            .for_update()
            .get_result(connection)?;
        diesel::delete(destination).execute(connection)?;
        Ok(Some(lane))
    })
}

/// Deletes the deliveries and dead letters of a removed destination.
pub(super) fn clear(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
    lane: i64,
) -> Result<(), Failure> {
    let queue = Statement::new(CLEAR_QUEUE).bind(lane);
    let letters = Statement::new(CLEAR_DEAD_LETTERS).bind(application.uuid()).bind(id.uuid());
    let portion = usize::try_from(PORTION).unwrap_or(usize::MAX);
    for statement in [queue, letters] {
        while statement.clone().bind(PORTION).run(connection)? >= portion {}
    }
    Ok(())
}

/// Reads the URLs of the application's other destinations. No other transaction adds one or changes a URL until the end
/// of this one.
fn other_urls(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
) -> QueryResult<Vec<String>> {
    let key = hashtextextended(format!("webhook_destinations {application}"), 0);
    diesel::select(pg_advisory_xact_lock(key)).execute(connection)?;
    webhook_destinations::table
        .filter(webhook_destinations::application_id.eq(application.uuid()))
        .filter(webhook_destinations::id.ne(id.uuid()))
        .select(webhook_destinations::url)
        .load(connection)
}

fn is_taken(others: &[String], url: &DestinationUrl) -> bool {
    others.iter().any(|other| other == url.as_str())
}

fn disabled(state: DestinationState) -> (Option<&'static str>, Option<Timestamp>) {
    match state {
        DestinationState::Enabled => (None, None),
        DestinationState::Disabled { reason, since } => (Some(reason.as_str()), Some(since)),
    }
}
