//! The port: holds claims, releases them, and removes expired ones.

use std::time::Duration;

use async_trait::async_trait;
use diesel::PgConnection;
use users_domain::model::{ApplicationId, HolderId, IdempotencyClaim};
use users_domain::ports::{Answered, IdempotencyError, IdempotencyStore, StoreError};

use super::{IdempotencyQuota, MOST_TRIES, Taken, look_up};
use crate::failure::Failure;
use crate::pool::{Pool, Work};
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
        Self {
            pool,
            quota: IdempotencyQuota::default(),
        }
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
        const RELEASE: &str = "DELETE FROM idempotency_claims
            WHERE application_id = $1 AND name = $2 AND holder = $3";
        let statement = Statement::new(RELEASE)
            .bind(application.uuid())
            .bind(claim.name().to_vec())
            .bind(holder.uuid());
        self.pool
            .run_for(application, Work::Write, |connection| {
                Ok(statement.run(connection).map(drop)?)
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

/// Removes expired claims. Returns how many.
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
    const HOLD: &str = "INSERT INTO idempotency_claims AS c (application_id, name, fingerprint, holder, expires_at)
        VALUES ($1, $2, $3, $4, now() + $5 * interval '1 millisecond')
        ON CONFLICT (application_id, name) DO UPDATE
        SET fingerprint = excluded.fingerprint, user_id = NULL, holder = excluded.holder, answer = NULL,
            expires_at = excluded.expires_at
        WHERE c.expires_at <= now()";
    for _ in 0..MOST_TRIES {
        let held = Statement::new(HOLD)
            .bind(application.uuid())
            .bind(claim.name().to_vec())
            .bind(claim.fingerprint().bytes().to_vec())
            .bind(holder.uuid())
            .bind(i64::try_from(at_most.as_millis()).unwrap_or(i64::MAX))
            .run(connection)?;
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
