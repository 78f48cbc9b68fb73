//! Sealed secrets. Sealing them again covers all applications, because the key ring does.

use std::time::Duration;

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Text, Uuid as SqlUuid};
use users_domain::model::webhooks::{DestinationUrl, SealedSecret, SigningSecrets};
use users_domain::model::{ApplicationId, DestinationId};
use users_domain::ports::SigningTarget;
use uuid::Uuid;

use super::change::lock_destination;
use crate::failure::Failure;
use crate::numbers::{signed, whole_millis};
use crate::statement::{Statement, brief_transaction};

const RETIRE: &str = "UPDATE webhook_secrets
    SET signs_until = least(signs_until, now() + $1 * interval '1 millisecond')
    WHERE application_id = $2 AND destination_id = $3";
const ADD: &str =
    "INSERT INTO webhook_secrets (application_id, destination_id, sealed) VALUES ($1, $2, $3)";
const DELETE_EXPIRED: &str = "DELETE FROM webhook_secrets
    WHERE application_id = $1 AND destination_id = $2 AND (signs_until <= now() OR number NOT IN (
        SELECT number FROM webhook_secrets WHERE application_id = $1 AND destination_id = $2
        ORDER BY number DESC LIMIT $3))";
const END_LEASE: &str = "UPDATE webhook_lanes SET lease_epoch = lease_epoch + 1
    WHERE application_id = $1 AND destination_id = $2";
const SIGNING: &str = "SELECT d.url, s.sealed
    FROM webhook_destinations d JOIN webhook_secrets s ON s.application_id = d.application_id AND s.destination_id = d.id
    WHERE d.application_id = $1 AND d.id = $2 AND (s.signs_until IS NULL OR s.signs_until > now())
    ORDER BY s.number DESC LIMIT $3";
const PAGE: &str = "SELECT number, destination_id, sealed FROM webhook_secrets WHERE number > $1
    ORDER BY number LIMIT $2";
const REPLACE: &str = "UPDATE webhook_secrets SET sealed = $1 WHERE number = $2 AND sealed = $3";

/// The longest grace period, so that no time exceeds the range of the database.
const LONGEST_GRACE: Duration = Duration::from_hours(24 * 366);

/// Older secrets sign for another `grace`, unless they expire earlier; only the newest ones are retained, and expired
/// ones are deleted. Returns `false` if there is no such destination.
pub(super) fn rotate(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
    secret: &SealedSecret,
    grace: Duration,
) -> Result<bool, Failure> {
    let of_destination = |text| {
        Statement::new(text)
            .bind(application.uuid())
            .bind(id.uuid())
    };
    brief_transaction(connection, |connection| {
        if !lock_destination(connection, application, id)? {
            return Ok(false);
        }
        Statement::new(RETIRE)
            .bind(whole_millis(grace.min(LONGEST_GRACE)))
            .bind(application.uuid())
            .bind(id.uuid())
            .run(connection)?;
        of_destination(ADD)
            .bind(secret.as_bytes().to_vec())
            .run(connection)?;
        of_destination(DELETE_EXPIRED)
            .bind(signed(SigningSecrets::MAX))
            .run(connection)?;
        if grace.is_zero() {
            // The worker that has leased the lane still has the old secrets; the next lease reads the new ones.
            of_destination(END_LEASE).run(connection)?;
        }
        Ok(true)
    })
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
