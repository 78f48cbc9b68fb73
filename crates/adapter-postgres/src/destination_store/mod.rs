//! [`DestinationStore`] on PostgreSQL. Operations on many rows of a queue run in portions, so that they lock its lane
//! only briefly.

mod change;
mod row;
mod secrets;
mod summary;

pub(crate) use change::lock_destination;

use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::webhooks::{
    Destination, DestinationDetail, DestinationOverview, SealedSecret,
};
use users_domain::model::{ApplicationId, DestinationId, Timestamp};
use users_domain::ports::{
    AddDestinationError, ChangeDestinationError, DestinationChange, DestinationStore,
    SigningTarget, StoreError,
};

use crate::adapters::PgDestinationStore;
use crate::pool::Work;

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
            .run_for(application, Work::List, move |connection| row::list(connection, application))
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
        self.pool.run(move |connection| secrets::page(connection, after, limit)).await
    }

    async fn replace_sealed(
        &self,
        number: i64,
        before: SealedSecret,
        anew: SealedSecret,
    ) -> Result<bool, StoreError> {
        self.pool.run(move |connection| secrets::replace(connection, number, &before, &anew)).await
    }
}
