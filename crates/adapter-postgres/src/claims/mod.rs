//! [`IdempotencyStore`] on PostgreSQL, and the functions with which writes of users use claims.
//!
//! A claim is a row with a stored response, or a row held by a call of several transactions. A call of one statement
//! needs no row in advance: while it runs it holds an advisory lock, which is released with its transaction. An expired
//! row counts as absent.

mod quota;
mod store;

use std::sync::LazyLock;

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Binary, Bool, Nullable, Uuid as SqlUuid};
use users_domain::model::{ApplicationId, HolderId, IdempotencyClaim, StoredResponse, UserId};
use users_domain::ports::{Answered, IdempotencyError};
use uuid::Uuid;

use crate::failure::Failure;
use crate::statement::Statement;

pub use quota::IdempotencyQuota;
pub use store::PgIdempotencyStore;
#[cfg(test)]
pub(crate) use store::{hold_on, remove_on};

/// The maximum number of lost races before a call is rejected because its claim is in use.
pub(crate) const MOST_TRIES: u32 = 5;

/// SQL for the expiry of a response that is stored now.
pub(crate) static EXPIRY: LazyLock<String> =
    LazyLock::new(|| format!("now() + interval '{} hours'", StoredResponse::KEPT_HOURS));

/// The state of a claim that the caller does not hold.
#[derive(Debug)]
pub(crate) enum Taken {
    /// The response of the call is stored.
    Answered(StoredResponse),
    /// The key belongs to another call.
    ByAnother,
    /// The call is in progress.
    UnderWay,
    /// The call is unknown, and its application has used up its quota.
    OverQuota,
}

impl Taken {
    /// The result for the ports.
    pub(crate) fn into_answered<T>(self) -> Result<Answered<T>, IdempotencyError> {
        match self {
            Self::Answered(stored) => Ok(Answered::Replayed(stored)),
            Self::ByAnother => Err(IdempotencyError::Reused),
            Self::UnderWay => Err(IdempotencyError::InUse),
            Self::OverQuota => Err(IdempotencyError::OverQuota),
        }
    }
}

#[derive(QueryableByName)]
struct ClaimRow {
    #[diesel(sql_type = Binary)]
    fingerprint: Vec<u8>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    user_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    holder: Option<Uuid>,
    #[diesel(sql_type = Nullable<Binary>)]
    answer: Option<Vec<u8>>,
    #[diesel(sql_type = Bool)]
    is_over: bool,
}

/// Returns the state of a claim that prevents a call, if any. Deletes an expired row.
pub(crate) fn look_up(
    connection: &mut PgConnection,
    application: ApplicationId,
    claim: &IdempotencyClaim,
    holder: Option<HolderId>,
) -> Result<Option<Taken>, Failure> {
    const READ: &str = "SELECT fingerprint, user_id, holder, answer, expires_at <= now() AS is_over
        FROM idempotency_claims WHERE application_id = $1 AND name BETWEEN $2 AND $2 ORDER BY name LIMIT 1";
    const CLEAR: &str = "DELETE FROM idempotency_claims
        WHERE application_id = $1 AND name = $2 AND expires_at <= now()";
    let of_claim = |text| {
        Statement::new(text)
            .bind(application.uuid())
            .bind(claim.name().to_vec())
    };
    let Some(row) = of_claim(READ).row::<ClaimRow>(connection)? else {
        return Ok(None);
    };
    if row.holder.is_some() && row.holder == holder.map(HolderId::uuid) {
        return Ok(None);
    }
    if row.is_over {
        of_claim(CLEAR).run(connection)?;
        return Ok(None);
    }
    row.taken(claim).map(Some)
}

impl ClaimRow {
    fn taken(self, claim: &IdempotencyClaim) -> Result<Taken, Failure> {
        if self.fingerprint != claim.fingerprint().bytes() {
            return Ok(Taken::ByAnother);
        }
        let Some(answer) = self.answer else {
            return Ok(Taken::UnderWay);
        };
        let user = self.user_id.map(UserId::new);
        let stored = StoredResponse::new(user, answer);
        let stored = stored.map_err(|_| Failure::defect("a stored response exceeds its limit"))?;
        Ok(Taken::Answered(stored))
    }
}

/// The key of the advisory lock of a claim.
pub(crate) fn lock_of(application: ApplicationId, claim: &IdempotencyClaim) -> i64 {
    let of_name = claim.name().first_chunk().copied().unwrap_or_default();
    let of_tenant = application.uuid().as_u64_pair();
    let number = u64::from_be_bytes(of_name) ^ of_tenant.0 ^ of_tenant.1;
    number.cast_signed()
}

#[derive(QueryableByName)]
struct LockRow {
    #[diesel(sql_type = Bool)]
    is_free: bool,
}

/// Makes a transaction the only one that executes a call, after it has read all facts. Fails if another transaction
/// executes the call or has executed it.
pub(crate) fn enter(
    connection: &mut PgConnection,
    application: ApplicationId,
    claim: &IdempotencyClaim,
) -> Result<(), Failure> {
    const LOCK: &str = "SELECT pg_try_advisory_xact_lock($1) AS is_free";
    let lock = Statement::new(LOCK).bind(lock_of(application, claim));
    let row: Option<LockRow> = lock.row(connection)?;
    let is_free = row.is_some_and(|row| row.is_free);
    if is_free && look_up(connection, application, claim, None)?.is_none() {
        Ok(())
    } else {
        Err(Failure::claimed())
    }
}

/// Stores the response of a call in its transaction. Fails if another call has the claim.
pub(crate) fn keep(
    connection: &mut PgConnection,
    application: ApplicationId,
    claim: &IdempotencyClaim,
    holder: Option<HolderId>,
    stored: &StoredResponse,
) -> Result<(), Failure> {
    static KEEP: LazyLock<String> = LazyLock::new(|| {
        format!(
            "INSERT INTO idempotency_claims AS c (application_id, name, fingerprint, user_id, answer, expires_at)
            VALUES ($1, $2, $3, $4, $5, {expiry})
            ON CONFLICT (application_id, name) DO UPDATE
            SET user_id = excluded.user_id, holder = NULL, answer = excluded.answer, expires_at = excluded.expires_at
            WHERE c.holder = $6",
            expiry = *EXPIRY
        )
    });
    let written = Statement::new(KEEP.as_str())
        .bind(application.uuid())
        .bind(claim.name().to_vec())
        .bind(claim.fingerprint().bytes().to_vec())
        .bind(stored.user().map(UserId::uuid))
        .bind(stored.bytes().to_vec())
        .bind(holder.map(HolderId::uuid))
        .run(connection)?;
    if written == 1 {
        Ok(())
    } else {
        Err(Failure::claimed())
    }
}
