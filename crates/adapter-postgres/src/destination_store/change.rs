//! Adds, changes and removes destinations. Each is a transaction that locks the destination first, then its lane; it
//! locks no row of another destination.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Bool, Timestamptz};
use users_domain::model::webhooks::{
    DeliveryOrdering, Destination, DestinationState, DestinationUrl, SealedSecret, Subscriptions,
};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};
use users_domain::ports::{AddDestinationError, ChangeDestinationError, DestinationChange};
use users_domain::rules::webhooks::ChangedDestination;

use super::row::{OVERVIEW_COLUMNS, OverviewRow};
use crate::failure::Failure;
use crate::numbers::signed;
use crate::statement::{Statement, brief_transaction};

/// Serialises calls that could give an application two destinations with one URL, or too many destinations.
const LOCK_URLS: &str =
    "SELECT FROM pg_advisory_xact_lock(hashtextextended('webhook_destinations ' || $1, 0))";
const OTHERS: &str = "SELECT count(*) AS count, coalesce(bool_or(url = $1), false) AS is_taken
    FROM webhook_destinations WHERE application_id = $2 AND id <> $3";
/// Whether an event is delivered depends on the database's clock, so a disabled destination is disabled since now.
const ADD: &str = "WITH added AS (
        INSERT INTO webhook_destinations
            (application_id, id, label, url, webhook_version, subscribed_events, ordering, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    ), secret AS (
        INSERT INTO webhook_secrets (application_id, destination_id, sealed) VALUES ($1, $2, $10)
    )
    INSERT INTO webhook_lanes (application_id, destination_id, disabled_reason, disabled_at)
    VALUES ($1, $2, $11, CASE WHEN $11 IS NOT NULL THEN now() END)";
/// The URL is a key: to change it, a destination is locked like one that is removed. With a weaker lock, a step of its
/// recovery could lock the destination as well, wait for the lane, and so deadlock with the change.
static LOCK: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {OVERVIEW_COLUMNS}, l.lane, now() AS now
        FROM webhook_destinations d JOIN webhook_lanes l ON l.application_id = d.application_id AND l.destination_id = d.id
        WHERE d.application_id = $1 AND d.id = $2 FOR UPDATE OF d FOR NO KEY UPDATE OF l"
    )
});
const LOCK_DESTINATION: &str =
    "SELECT FROM webhook_destinations WHERE application_id = $1 AND id = $2 FOR NO KEY UPDATE";
const SKIP: &str = "SELECT skip_webhook_deliveries($1, $2) AS count";
const ARRANGE: &str = "SELECT arrange_webhook_lane($1, $2, $3, $4, $5) AS count";
const CHANGE: &str = "UPDATE webhook_destinations SET label = $1, url = $2, webhook_version = $3, subscribed_events = $4,
        ordering = $5, updated_at = $6
    WHERE application_id = $7 AND id = $8";
/// The worker that has leased the lane knows only the old destination and would report its health: its lease epoch
/// becomes invalid. The lease still excludes other workers until it expires, because attempts may be in progress.
const CHANGE_LANE: &str = "UPDATE webhook_lanes SET disabled_reason = $1, disabled_at = $2,
        lease_epoch = lease_epoch + 1, health = CASE WHEN $3 THEN NULL ELSE health END,
        paused_until = CASE WHEN $3 THEN NULL ELSE paused_until END, wake_at = CASE WHEN $3 THEN now() ELSE wake_at END
    WHERE lane = $4";
const LOCK_LANE: &str = "SELECT l.lane AS count
    FROM webhook_destinations d JOIN webhook_lanes l ON l.application_id = d.application_id AND l.destination_id = d.id
    WHERE d.application_id = $1 AND d.id = $2 FOR UPDATE OF d, l";
const REMOVE: &str = "DELETE FROM webhook_destinations WHERE application_id = $1 AND id = $2";
const CLEAR_QUEUE: &str = "DELETE FROM webhook_deliveries WHERE lane = $1 AND place = ANY(ARRAY(
    SELECT place FROM webhook_deliveries WHERE lane = $1 ORDER BY place LIMIT $2))";
const CLEAR_DEAD_LETTERS: &str = "DELETE FROM webhook_dead_letters
    WHERE application_id = $1 AND destination_id = $2 AND place = ANY(ARRAY(
        SELECT place FROM webhook_dead_letters WHERE application_id = $1 AND destination_id = $2
        ORDER BY place LIMIT $3))";

/// The maximum number of rows of a queue that one transaction changes.
const PORTION: i64 = 5_000;

pub(super) fn add(
    connection: &mut PgConnection,
    destination: &Destination,
    secret: &SealedSecret,
) -> Result<Result<(), AddDestinationError>, Failure> {
    let (application, id) = (destination.application, destination.id);
    brief_transaction(connection, |connection| {
        let others = others(connection, application, id, &destination.url)?;
        if others.is_taken {
            return Ok(Err(AddDestinationError::Duplicate));
        }
        if others.count >= signed(Destination::MAX_PER_APPLICATION) {
            return Ok(Err(AddDestinationError::TooMany));
        }
        Statement::new(ADD)
            .bind(application.uuid())
            .bind(id.uuid())
            .bind(destination.label.as_str())
            .bind(destination.url.as_str())
            .bind(destination.version.as_str())
            .bind(names(&destination.subscriptions))
            .bind(destination.ordering.as_str())
            .bind(destination.created_at)
            .bind(destination.updated_at)
            .bind(secret.as_bytes().to_vec())
            .bind(disabled(destination.state).0)
            .run(connection)?;
        Ok(Ok(()))
    })
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
    let is_taken = match &change.url {
        Some(url) => others(connection, application, id, url)?.is_taken,
        None => false,
    };
    let locked: Option<LockedRow> = Statement::new(LOCK.as_str())
        .bind(application.uuid())
        .bind(id.uuid())
        .row(connection)?;
    let Some(LockedRow {
        overview,
        lane,
        now,
    }) = locked
    else {
        return Ok(Some(Err(ChangeDestinationError::NotFound)));
    };
    if is_taken {
        return Ok(Some(Err(ChangeDestinationError::Duplicate)));
    }
    let before = overview.into_overview()?.destination;
    let changed = change
        .clone()
        .apply(&before, at, Timestamp::from_datetime(now));
    let Some(changed) = changed else {
        return Ok(Some(Ok(())));
    };
    if is_queue_left(connection, lane, &changed)? {
        return Ok(None);
    }
    let after = &changed.after;
    Statement::new(CHANGE)
        .bind(after.label.as_str())
        .bind(after.url.as_str())
        .bind(after.version.as_str())
        .bind(names(&after.subscriptions))
        .bind(after.ordering.as_str())
        .bind(after.updated_at)
        .bind(application.uuid())
        .bind(id.uuid())
        .run(connection)?;
    if changed.ends_lease() {
        let (reason, since) = disabled(after.state);
        Statement::new(CHANGE_LANE)
            .bind(reason)
            .bind(since)
            .bind(changed.resets_health())
            .bind(lane)
            .run(connection)?;
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
        let skip = Statement::new(SKIP).bind(lane).bind(PORTION);
        if number(skip, connection)?.is_some_and(|count| count >= PORTION) {
            return Ok(true);
        }
    }
    if !changed.is_reordered() && !changed.is_enabled() {
        return Ok(false);
    }
    let arrange = Statement::new(ARRANGE)
        .bind(lane)
        .bind(changed.is_reordered())
        .bind(changed.after.ordering == DeliveryOrdering::PerUser)
        .bind(changed.is_enabled())
        .bind(PORTION);
    Ok(number(arrange, connection)?.is_some_and(|count| count >= PORTION))
}

/// Locks a destination until the end of the transaction. Returns whether it exists.
pub(crate) fn lock_destination(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
) -> QueryResult<bool> {
    let lock = Statement::new(LOCK_DESTINATION)
        .bind(application.uuid())
        .bind(id.uuid());
    Ok(lock.run(connection)? > 0)
}

/// Removes a destination, but not the rows of its queue. Returns the lane; `None`: there is no such destination.
pub(super) fn remove(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
) -> Result<Option<i64>, Failure> {
    brief_transaction(connection, |connection| {
        let bound = |text| {
            Statement::new(text)
                .bind(application.uuid())
                .bind(id.uuid())
        };
        let lane = number(bound(LOCK_LANE), connection)?;
        if lane.is_some() {
            bound(REMOVE).run(connection)?;
        }
        Ok(lane)
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
    let letters = Statement::new(CLEAR_DEAD_LETTERS)
        .bind(application.uuid())
        .bind(id.uuid());
    let portion = usize::try_from(PORTION).unwrap_or(usize::MAX);
    for statement in [queue, letters] {
        while statement.clone().bind(PORTION).run(connection)? >= portion {}
    }
    Ok(())
}

/// Reads the application's other destinations. No other transaction adds one or changes a URL until the end of this
/// one.
fn others(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
    url: &DestinationUrl,
) -> Result<OthersRow, Failure> {
    Statement::new(LOCK_URLS)
        .bind(application.uuid())
        .run(connection)?;
    let row = Statement::new(OTHERS)
        .bind(url.as_str())
        .bind(application.uuid())
        .bind(id.uuid())
        .row(connection)?;
    row.ok_or_else(|| Failure::defect("a count returned no row"))
}

fn names(subscriptions: &Subscriptions) -> Vec<String> {
    let names = subscriptions.names().iter();
    names.map(|name| name.as_str().to_owned()).collect()
}

fn disabled(state: DestinationState) -> (Option<String>, Option<Timestamp>) {
    match state {
        DestinationState::Enabled => (None, None),
        DestinationState::Disabled { reason, since } => {
            (Some(reason.as_str().to_owned()), Some(since))
        }
    }
}

#[derive(QueryableByName)]
struct LockedRow {
    #[diesel(embed)]
    overview: OverviewRow,
    #[diesel(sql_type = BigInt)]
    lane: i64,
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct OthersRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Bool)]
    is_taken: bool,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn number(statement: Statement, connection: &mut PgConnection) -> Result<Option<i64>, Failure> {
    let row: Option<Number> = statement.row(connection)?;
    Ok(row.map(|row| row.count))
}
