//! [`DestinationStore`] on PostgreSQL. Operations that lock are functions of the database (migrations, docs/adr/0008).
//! Operations on many rows of a queue run in portions, so that they lock its lane only briefly.

mod row;
mod secrets;
mod summary;

use std::time::Duration;

use async_trait::async_trait;
use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use users_domain::model::webhooks::{
    DeliveryOrdering, Destination, DestinationDetail, DestinationLabel, DestinationOverview,
    DestinationState, DestinationUrl, SealedSecret, Subscriptions, WebhookVersion,
};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};
use users_domain::ports::{
    AddDestinationError, ChangeDestinationError, DestinationChange, DestinationStore,
    SigningTarget, StoreError,
};

use crate::failure::Failure;
use crate::numbers::signed;
use crate::pool::{Pool, Work};
use crate::statement::Statement;

const ADD: &str = "SELECT add_webhook_destination($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS answer";
const CHANGE: &str =
    "SELECT change_webhook_destination($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS answer";
const REMOVE: &str = "SELECT remove_webhook_destination($1, $2) AS answer";
const CLEAR_QUEUE: &str = "DELETE FROM webhook_deliveries WHERE lane = $1 AND place = ANY(ARRAY(
    SELECT place FROM webhook_deliveries WHERE lane = $1 ORDER BY place LIMIT $2))";
const CLEAR_DEAD_LETTERS: &str = "DELETE FROM webhook_dead_letters
    WHERE application_id = $1 AND destination_id = $2 AND place = ANY(ARRAY(
        SELECT place FROM webhook_dead_letters WHERE application_id = $1 AND destination_id = $2
        ORDER BY place LIMIT $3))";

/// The maximum number of rows of a queue that one call changes.
const PORTION: i64 = 5_000;

/// Stores webhook destinations.
#[derive(Clone)]
pub struct PgDestinationStore {
    pool: Pool,
}

impl PgDestinationStore {
    /// Creates the store on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl DestinationStore for PgDestinationStore {
    async fn add(
        &self,
        destination: Destination,
        secret: SealedSecret,
    ) -> Result<(), AddDestinationError> {
        let answer = self
            .pool
            .run_for(destination.application, Work::Write, move |connection| {
                add(connection, &destination, &secret)
            })
            .await?;
        match answer.as_str() {
            "added" => Ok(()),
            "duplicate" => Err(AddDestinationError::Duplicate),
            "too_many" => Err(AddDestinationError::TooMany),
            _ => Err(AddDestinationError::Store(unknown_answer().into())),
        }
    }

    async fn list(
        &self,
        application: ApplicationId,
    ) -> Result<Vec<DestinationOverview>, StoreError> {
        self.pool
            .run_for(application, Work::List, move |connection| {
                row::list(connection, application)
            })
            .await
    }

    async fn find(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<Option<DestinationDetail>, StoreError> {
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                summary::find(connection, application, id)
            })
            .await
    }

    async fn change(
        &self,
        application: ApplicationId,
        id: DestinationId,
        change: DestinationChange,
        at: Timestamp,
    ) -> Result<DestinationDetail, ChangeDestinationError> {
        let (answer, detail) = self
            .pool
            .run_for(application, Work::Write, move |connection| {
                let answer = apply(connection, application, id, &change, at)?;
                Ok((answer, summary::find(connection, application, id)?))
            })
            .await?;
        match (answer.as_str(), detail) {
            ("changed", Some(detail)) => Ok(detail),
            // The destination may have been removed between the two statements.
            ("changed", None) | ("unknown", _) => Err(ChangeDestinationError::NotFound),
            ("duplicate", _) => Err(ChangeDestinationError::Duplicate),
            _ => Err(ChangeDestinationError::Store(unknown_answer().into())),
        }
    }

    async fn remove(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<bool, StoreError> {
        self.pool
            .run_for(application, Work::Write, move |connection| {
                let Some(lane) = removed(connection, application, id)? else {
                    return Ok(false);
                };
                if clear(connection, application, id, lane).is_err() {
                    tracing::warn!(
                        destination = %id,
                        "rows of a removed destination could not be deleted; they stay until their events are dropped"
                    );
                }
                Ok(true)
            })
            .await
    }

    async fn rotate_secret(
        &self,
        application: ApplicationId,
        id: DestinationId,
        secret: SealedSecret,
        grace: Duration,
    ) -> Result<bool, StoreError> {
        self.pool
            .run_for(application, Work::Write, move |connection| {
                secrets::rotate(connection, application, id, &secret, grace)
            })
            .await
    }

    async fn signing_target(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<Option<SigningTarget>, StoreError> {
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                secrets::signing_target(connection, application, id)
            })
            .await
    }

    async fn sealed_secrets(
        &self,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, DestinationId, SealedSecret)>, StoreError> {
        self.pool
            .run(move |connection| secrets::page(connection, after, limit))
            .await
    }

    async fn replace_sealed(
        &self,
        number: i64,
        before: SealedSecret,
        anew: SealedSecret,
    ) -> Result<bool, StoreError> {
        self.pool
            .run(move |connection| secrets::replace(connection, number, &before, &anew))
            .await
    }
}

fn add(
    connection: &mut PgConnection,
    destination: &Destination,
    secret: &SealedSecret,
) -> Result<String, Failure> {
    let (reason, since) = match destination.state {
        DestinationState::Enabled => (None, None),
        DestinationState::Disabled { reason, since } => {
            (Some(reason.as_str().to_owned()), Some(since))
        }
    };
    let statement = Statement::new(ADD)
        .bind(destination.application.uuid())
        .bind(destination.id.uuid())
        .bind(destination.label.as_str())
        .bind(destination.url.as_str())
        .bind(destination.version.as_str())
        .bind(names(&destination.subscriptions))
        .bind(destination.ordering.as_str())
        .bind(destination.created_at)
        .bind(destination.updated_at)
        .bind(reason)
        .bind(since)
        .bind(secret.as_bytes().to_vec())
        .bind(signed(Destination::MAX_PER_APPLICATION));
    word(statement, connection)
}

fn apply(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
    change: &DestinationChange,
    at: Timestamp,
) -> Result<String, Failure> {
    let text = |text: Option<&str>| text.map(str::to_owned);
    let ordering = change.ordering.map(DeliveryOrdering::as_str);
    loop {
        let statement = Statement::new(CHANGE)
            .bind(application.uuid())
            .bind(id.uuid())
            .bind(text(change.label.as_ref().map(DestinationLabel::as_str)))
            .bind(text(change.url.as_ref().map(DestinationUrl::as_str)))
            .bind(change.enabled)
            .bind(change.skip_waiting)
            .bind(text(change.version.as_ref().map(WebhookVersion::as_str)))
            .bind(change.subscriptions.as_ref().map(names))
            .bind(text(ordering))
            .bind(at)
            .bind(PORTION);
        let answer = word(statement, connection)?;
        // A change that is interrupted here has changed only due times and dead letters: the client repeats it.
        if answer != "more" {
            return Ok(answer);
        }
    }
}

fn removed(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
) -> Result<Option<i64>, Failure> {
    let statement = Statement::new(REMOVE)
        .bind(application.uuid())
        .bind(id.uuid());
    number(statement, connection)
}

/// Deletes the deliveries and dead letters of a removed destination.
fn clear(
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

fn names(subscriptions: &Subscriptions) -> Vec<String> {
    let names = subscriptions.names().iter();
    names.map(|name| name.as_str().to_owned()).collect()
}

fn unknown_answer() -> Failure {
    Failure::defect("a function of the database returned an unknown value")
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    answer: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Nullable<BigInt>)]
    answer: Option<i64>,
}

fn word(statement: Statement, connection: &mut PgConnection) -> Result<String, Failure> {
    let row: Option<Word> = statement.row(connection)?;
    row.map(|row| row.answer).ok_or_else(unknown_answer)
}

fn number(statement: Statement, connection: &mut PgConnection) -> Result<Option<i64>, Failure> {
    let row: Option<Number> = statement.row(connection)?;
    Ok(row.and_then(|row| row.answer))
}
