//! Sealed secrets. Sealing them again covers all applications, because the key ring does.

use std::time::Duration;

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Bool, Text, Uuid as SqlUuid};
use users_domain::model::webhooks::{DestinationUrl, SealedSecret, SigningSecrets};
use users_domain::model::{ApplicationId, DestinationId};
use users_domain::ports::SigningTarget;
use uuid::Uuid;

use crate::failure::Failure;
use crate::numbers::{signed, whole_millis};
use crate::statement::Statement;

const ROTATE: &str = "SELECT rotate_webhook_secret($1, $2, $3, $4, $5) AS answer";
const SIGNING: &str = "SELECT d.url, s.sealed
    FROM webhook_destinations d JOIN webhook_secrets s ON s.application_id = d.application_id AND s.destination_id = d.id
    WHERE d.application_id = $1 AND d.id = $2 AND (s.signs_until IS NULL OR s.signs_until > now())
    ORDER BY s.number DESC LIMIT $3";
const PAGE: &str = "SELECT number, destination_id, sealed FROM webhook_secrets WHERE number > $1
    ORDER BY number LIMIT $2";
const REPLACE: &str = "UPDATE webhook_secrets SET sealed = $1 WHERE number = $2 AND sealed = $3";

/// The longest grace period, so that no time exceeds the range of the database.
const LONGEST_GRACE: Duration = Duration::from_hours(24 * 366);

pub(super) fn rotate(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
    secret: &SealedSecret,
    grace: Duration,
) -> Result<bool, Failure> {
    let row: Option<Flag> = Statement::new(ROTATE)
        .bind(application.uuid())
        .bind(id.uuid())
        .bind(secret.as_bytes().to_vec())
        .bind(whole_millis(grace.min(LONGEST_GRACE)))
        .bind(signed(SigningSecrets::MAX))
        .row(connection)?;
    Ok(row.is_some_and(|row| row.answer))
}

pub(super) fn signing_target(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
) -> Result<Option<SigningTarget>, Failure> {
    let rows: Vec<SigningRow> = Statement::new(SIGNING)
        .bind(application.uuid())
        .bind(id.uuid())
        .bind(signed(SigningSecrets::MAX))
        .rows(connection)?;
    // All rows have the same URL.
    let url = rows.first().map(|row| row.url.clone());
    let secrets = rows
        .into_iter()
        .map(|row| SealedSecret::from_bytes(row.sealed));
    Ok(url.map(|url| SigningTarget {
        url: DestinationUrl::accepted(url),
        secrets: secrets.collect(),
    }))
}

pub(super) fn page(
    connection: &mut PgConnection,
    after: Option<i64>,
    limit: usize,
) -> Result<Vec<(i64, DestinationId, SealedSecret)>, Failure> {
    let rows: Vec<SealedRow> = Statement::new(PAGE)
        .bind(after.unwrap_or(i64::MIN))
        .bind(signed(limit))
        .rows(connection)?;
    let secret = |row: SealedRow| {
        let destination = DestinationId::new(row.destination_id);
        (
            row.number,
            destination,
            SealedSecret::from_bytes(row.sealed),
        )
    };
    Ok(rows.into_iter().map(secret).collect())
}

pub(super) fn replace(
    connection: &mut PgConnection,
    number: i64,
    before: &SealedSecret,
    anew: &SealedSecret,
) -> Result<bool, Failure> {
    let replaced = Statement::new(REPLACE)
        .bind(anew.as_bytes().to_vec())
        .bind(number)
        .bind(before.as_bytes().to_vec())
        .run(connection)?;
    Ok(replaced == 1)
}

#[derive(QueryableByName)]
struct Flag {
    #[diesel(sql_type = Bool)]
    answer: bool,
}

#[derive(QueryableByName)]
struct SigningRow {
    #[diesel(sql_type = Text)]
    url: String,
    #[diesel(sql_type = Binary)]
    sealed: Vec<u8>,
}

#[derive(QueryableByName)]
struct SealedRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = SqlUuid)]
    destination_id: Uuid,
    #[diesel(sql_type = Binary)]
    sealed: Vec<u8>,
}
