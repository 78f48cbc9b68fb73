//! The port: holds claims, releases them, and removes expired ones.

use std::time::Duration;

use async_trait::async_trait;
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::upsert::excluded;
use users_domain::model::{ApplicationId, HolderId, IdempotencyClaim};
use users_domain::ports::{Answered, IdempotencyError, IdempotencyStore, StoreError};
use uuid::Uuid;

use super::{IdempotencyQuota, MOST_TRIES, Taken, look_up};
use crate::failure::Failure;
use crate::numbers::whole_millis;
use crate::pool::{Pool, Work};
use crate::schema::functions::in_millis;
use crate::schema::tables::idempotency_claims;
use crate::statement::Statement;

/// Stores idempotency claims.
#[derive(Clone)]
pub struct PgIdempotencyStore {
    pool: Pool,
    quota: IdempotencyQuota,
}

impl PgIdempotencyStore {
    /// Creates the store on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool, quota: IdempotencyQuota::default() }
    }

    /// Refuses new calls of applications that exceed this quota, and measures it when claims are removed.
    #[must_use]
    pub fn limited_by(self, quota: IdempotencyQuota) -> Self {
        Self { quota, ..self }
    }
}

#[async_trait]
impl IdempotencyStore for PgIdempotencyStore {
    async fn hold(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
        at_most: Duration,
    ) -> Result<Answered<()>, IdempotencyError> {
        let claim = *claim;
        let is_refused = self.quota.is_exceeded(application);
        let taken = self
            .pool
            .run_for(application, Work::Write, move |connection| {
                if is_refused {
                    let known = look_up(connection, application, &claim, None)?;
                    return Ok(known.or(Some(Taken::OverQuota)));
                }
                hold_on(connection, application, &claim, holder, at_most)
            })
            .await?;
        taken.map_or(Ok(Answered::Fresh(())), Taken::into_answered)
    }

    async fn release(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
    ) -> Result<(), StoreError> {
        let name = claim.name().to_vec();
        self.pool
            .run_for(application, Work::Write, move |connection| {
                let held = idempotency_claims::table
                    .find((application.uuid(), name))
                    .filter(idempotency_claims::holder.eq(holder.uuid()));
                diesel::delete(held).execute(connection)?;
                Ok(())
            })
            .await
    }

    async fn remove_expired(&self, limit: usize) -> Result<usize, StoreError> {
        let quota = self.quota.clone();
        self.pool
            .run(move |connection| {
                let removed = remove_on(connection, limit)?;
                if removed < limit {
                    quota.measure(connection)?;
                }
                Ok(removed)
            })
            .await
    }
}

pub(crate) fn remove_on(connection: &mut PgConnection, limit: usize) -> Result<usize, Failure> {
    // Concurrent removals skip locked rows; a claim that was taken again meanwhile is not expired any more.
    const REMOVE: &str =
        "DELETE FROM idempotency_claims WHERE expires_at <= now() AND ctid = ANY(ARRAY(
            SELECT ctid FROM idempotency_claims WHERE expires_at <= now()
            ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(Statement::new(REMOVE).bind(limit).run(connection)?)
}

/// Takes the claim. Returns `None` if the caller holds it now.
pub(crate) fn hold_on(
    connection: &mut PgConnection,
    application: ApplicationId,
    claim: &IdempotencyClaim,
    holder: HolderId,
    at_most: Duration,
) -> Result<Option<Taken>, Failure> {
    use diesel::query_dsl::methods::FilterDsl as _;

    for _ in 0..MOST_TRIES {
        let held = diesel::insert_into(idempotency_claims::table)
            .values((
                idempotency_claims::application_id.eq(application.uuid()),
                idempotency_claims::name.eq(claim.name().as_slice()),
                idempotency_claims::fingerprint.eq(claim.fingerprint().bytes().as_slice()),
                idempotency_claims::holder.eq(holder.uuid()),
                idempotency_claims::expires_at.eq(in_millis(whole_millis(at_most))),
            ))
            .on_conflict((idempotency_claims::application_id, idempotency_claims::name))
            .do_update()
            .set((
                idempotency_claims::fingerprint.eq(excluded(idempotency_claims::fingerprint)),
                idempotency_claims::user_id.eq(None::<Uuid>),
                idempotency_claims::holder.eq(excluded(idempotency_claims::holder)),
                idempotency_claims::answer.eq(None::<Vec<u8>>),
                idempotency_claims::expires_at.eq(excluded(idempotency_claims::expires_at)),
            ))
            .filter(idempotency_claims::expires_at.le(now))
            .execute(connection)?;
        if held == 1 {
            return Ok(None);
        }
        // The row that prevented the insert may be deleted by now.
        if let Some(taken) = look_up(connection, application, claim, None)? {
            return Ok(Some(taken));
        }
    }
    Ok(Some(Taken::UnderWay))
}
