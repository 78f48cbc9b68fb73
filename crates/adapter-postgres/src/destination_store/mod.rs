//! [`DestinationStore`] on PostgreSQL. Operations on many rows of a queue run in portions, so that they lock its lane
//! only briefly. Sealing secrets again covers all applications, because the key ring does.

mod change;
mod row;
mod summary;

pub(crate) use change::lock_destination;

use std::time::Duration;

use async_trait::async_trait;
use diesel::dsl::now;
use diesel::prelude::*;
use users_domain::model::webhooks::{
    Destination, DestinationDetail, DestinationOverview, DestinationUrl, SealedSecret,
    SigningSecrets,
};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};
use users_domain::ports::{
    AddDestinationError, ChangeDestinationError, DestinationChange, DestinationStore,
    SigningTarget, StoreError,
};
use uuid::Uuid;

use self::change::insert_secret;
use self::row::{DestinationRow, LaneRow, OverviewRow, overview, with_lanes};
use crate::adapters::PgDestinationStore;
use crate::failure::Failure;
use crate::numbers::{signed, whole_millis};
use crate::pool::Work;
use crate::schema::functions::{in_millis, least_time};
use crate::schema::tables::{webhook_destinations, webhook_lanes, webhook_secrets};
use crate::transaction::brief_transaction;

#[async_trait]
impl DestinationStore for PgDestinationStore {
    async fn add(
        &self,
        destination: Destination,
        secret: SealedSecret,
    ) -> Result<(), AddDestinationError> {
        self.pool
            .run_for(destination.application, Work::Write, move |connection| {
                change::add(connection, &destination, &secret)
            })
            .await?
    }

    async fn list(
        &self,
        application: ApplicationId,
    ) -> Result<Vec<DestinationOverview>, StoreError> {
        self.pool
            .run_for(application, Work::List, move |connection| {
                let rows: Vec<OverviewRow> = with_lanes()
                    .filter(webhook_destinations::application_id.eq(application.uuid()))
                    .order((webhook_destinations::created_at, webhook_destinations::id))
                    .select(<(DestinationRow, LaneRow)>::as_select())
                    .load(connection)?;
                rows.into_iter().map(overview).collect()
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
        self.pool
            .run_for(application, Work::Write, move |connection| {
                if let Err(error) = change::change(connection, application, id, &change, at)? {
                    return Ok(Err(error));
                }
                // The destination may have been removed since.
                let detail = summary::find(connection, application, id)?;
                Ok(detail.ok_or(ChangeDestinationError::NotFound))
            })
            .await?
    }

    async fn remove(
        &self,
        application: ApplicationId,
        id: DestinationId,
    ) -> Result<bool, StoreError> {
        self.pool
            .run_for(application, Work::Write, move |connection| {
                let Some(lane) = change::remove(connection, application, id)? else {
                    return Ok(false);
                };
                if change::clear(connection, application, id, lane).is_err() {
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
                rotate(connection, application, id, &secret, grace)
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
                let is_of_application =
                    webhook_secrets::application_id.eq(webhook_destinations::application_id);
                let is_of_destination =
                    webhook_secrets::destination_id.eq(webhook_destinations::id);
                let never_ends = webhook_secrets::signs_until.is_null();
                let rows: Vec<(String, Vec<u8>)> = webhook_destinations::table
                    .inner_join(webhook_secrets::table.on(is_of_application.and(is_of_destination)))
                    .filter(webhook_destinations::application_id.eq(application.uuid()))
                    .filter(webhook_destinations::id.eq(id.uuid()))
                    .filter(never_ends.or(webhook_secrets::signs_until.gt(now)))
                    .order(webhook_secrets::number.desc())
                    .limit(signed(SigningSecrets::MAX))
                    .select((webhook_destinations::url, webhook_secrets::sealed))
                    .load(connection)?;
                // All rows have the same URL.
                let url = rows.first().map(|(url, _)| url.clone());
                let secrets = rows.into_iter().map(|(_, sealed)| SealedSecret::from_bytes(sealed));
                Ok(url.map(|url| SigningTarget {
                    url: DestinationUrl::accepted(url),
                    secrets: secrets.collect(),
                }))
            })
            .await
    }

    async fn sealed_secrets(
        &self,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, DestinationId, SealedSecret)>, StoreError> {
        self.pool
            .run(move |connection| {
                let rows: Vec<(i64, Uuid, Vec<u8>)> = webhook_secrets::table
                    .filter(webhook_secrets::number.gt(after.unwrap_or(i64::MIN)))
                    .order(webhook_secrets::number)
                    .limit(signed(limit))
                    .select((
                        webhook_secrets::number,
                        webhook_secrets::destination_id,
                        webhook_secrets::sealed,
                    ))
                    .load(connection)?;
                let secret = |(number, destination, sealed)| {
                    let destination = DestinationId::new(destination);
                    (number, destination, SealedSecret::from_bytes(sealed))
                };
                Ok(rows.into_iter().map(secret).collect())
            })
            .await
    }

    async fn replace_sealed(
        &self,
        number: i64,
        before: SealedSecret,
        anew: SealedSecret,
    ) -> Result<bool, StoreError> {
        self.pool
            .run(move |connection| {
                let secret = webhook_secrets::table
                    .filter(webhook_secrets::number.eq(number))
                    .filter(webhook_secrets::sealed.eq(before.as_bytes()));
                let replaced = diesel::update(secret)
                    .set(webhook_secrets::sealed.eq(anew.as_bytes()))
                    .execute(connection)?;
                Ok(replaced == 1)
            })
            .await
    }
}

/// The longest grace period, so that no time exceeds the range of the database.
const LONGEST_GRACE: Duration = Duration::from_hours(24 * 366);

/// Older secrets sign for another `grace`, unless they expire earlier; only the newest ones are retained, and expired
/// ones are deleted. Returns `false` if there is no such destination.
fn rotate(
    connection: &mut PgConnection,
    application: ApplicationId,
    id: DestinationId,
    secret: &SealedSecret,
    grace: Duration,
) -> Result<bool, Failure> {
    let secrets = webhook_secrets::table
        .filter(webhook_secrets::application_id.eq(application.uuid()))
        .filter(webhook_secrets::destination_id.eq(id.uuid()));
    brief_transaction(connection, |connection| {
        if !lock_destination(connection, application, id)? {
            return Ok(false);
        }
        let end = in_millis(whole_millis(grace.min(LONGEST_GRACE))).nullable();
        diesel::update(secrets)
            .set(webhook_secrets::signs_until.eq(least_time(webhook_secrets::signs_until, end)))
            .execute(connection)?;
        insert_secret(connection, application, id, secret)?;
        let newest: Vec<i64> = secrets
            .order(webhook_secrets::number.desc())
            .limit(signed(SigningSecrets::MAX))
            .select(webhook_secrets::number)
            .load(connection)?;
        let is_old = webhook_secrets::number.ne_all(newest).nullable();
        diesel::delete(secrets.filter(webhook_secrets::signs_until.le(now).or(is_old)))
            .execute(connection)?;
        if grace.is_zero() {
            // The worker that has leased the lane still has the old secrets; the next lease reads the new ones.
            let lane = webhook_lanes::table
                .filter(webhook_lanes::application_id.eq(application.uuid()))
                .filter(webhook_lanes::destination_id.eq(id.uuid()));
            diesel::update(lane)
                .set(webhook_lanes::lease_epoch.eq(webhook_lanes::lease_epoch + 1))
                .execute(connection)?;
        }
        Ok(true)
    })
}
