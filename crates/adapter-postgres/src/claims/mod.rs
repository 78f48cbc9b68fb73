//! [`IdempotencyStore`] on PostgreSQL, and what the writing of users has to do with claims.
//!
//! A claim is a row that is answered, or held by a call of several transactions. A call of one statement needs no row of
//! its own before: while it runs it has an advisory lock, which goes with its transaction, however that ends. A row whose
//! time is over counts as if it were not there.

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

/// How often somebody else may be faster before a call is told that its claim is in use.
pub(crate) const MOST_TRIES: u32 = 5;

/// Until when an answer is kept that is written now.
pub(crate) static EXPIRY: LazyLock<String> =
    LazyLock::new(|| format!("now() + interval '{} hours'", StoredResponse::KEPT_HOURS));

/// What is known of a claim that its caller does not have.
#[derive(Debug)]
pub(crate) enum Taken {
    /// The call was answered.
    Answered(StoredResponse),
    /// The name is another call's.
    ByAnother,
    /// The call is under way.
    UnderWay,
    /// Nothing is known of the call, and its application keeps as much as it may.
    OverQuota,
}

impl Taken {
    /// For the ports.
    pub(crate) fn told<T>(self) -> Result<Answered<T>, IdempotencyError> {
        match self {
            Self::Answered(kept) => Ok(Answered::Replayed(kept)),
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

/// What is in the way of a call, if anything is. A row whose time is over goes.
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
        let kept = StoredResponse::new(user, answer);
        let kept = kept.map_err(|_| Failure::defect("a kept answer is over its limit"))?;
        Ok(Taken::Answered(kept))
    }
}

/// The number of the advisory lock that a claim is carried out under.
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

/// Makes a transaction the only one that carries a call out, once it has read all facts: fails where another one is at
/// it, or was.
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

/// Writes the answer of a call into its transaction. Fails where the claim is not this call's.
pub(crate) fn keep(
    connection: &mut PgConnection,
    application: ApplicationId,
    claim: &IdempotencyClaim,
    holder: Option<HolderId>,
    kept: &StoredResponse,
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
        .bind(kept.user().map(UserId::uuid))
        .bind(kept.bytes().to_vec())
        .bind(holder.map(HolderId::uuid))
        .run(connection)?;
    if written == 1 {
        Ok(())
    } else {
        Err(Failure::claimed())
    }
}
