//! [`IdempotencyStore`] on PostgreSQL, and the functions with which writes of users use claims.
//!
//! A claim is a row with a stored response, or a row held by a call of several transactions. A call of one statement
//! needs no row in advance: while it runs it holds an advisory lock, which is released with its transaction. An expired
//! row counts as absent.

mod quota;
mod store;

use std::sync::LazyLock;

use diesel::dsl::now;
use diesel::prelude::*;
use diesel::upsert::excluded;
use users_domain::model::{ApplicationId, HolderId, IdempotencyClaim, StoredResponse, UserId};
use users_domain::ports::{Answered, IdempotencyError};
use uuid::Uuid;

use crate::failure::Failure;
use crate::schema::functions::{in_millis, pg_try_advisory_xact_lock};
use crate::schema::tables::idempotency_claims;

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
    pub(crate) fn into_answered<T>(self) -> Result<Answered<T>, IdempotencyError> {
        match self {
            Self::Answered(stored) => Ok(Answered::Replayed(stored)),
            Self::ByAnother => Err(IdempotencyError::Reused),
            Self::UnderWay => Err(IdempotencyError::InUse),
            Self::OverQuota => Err(IdempotencyError::OverQuota),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = idempotency_claims)]
struct ClaimRow {
    fingerprint: Vec<u8>,
    user_id: Option<Uuid>,
    holder: Option<Uuid>,
    answer: Option<Vec<u8>>,
}

/// Returns the state of a claim that prevents a call, if any. Deletes an expired row.
pub(crate) fn look_up(
    connection: &mut PgConnection,
    application: ApplicationId,
    claim: &IdempotencyClaim,
    holder: Option<HolderId>,
) -> Result<Option<Taken>, Failure> {
    let name = claim.name().as_slice();
    let of_application =
        idempotency_claims::table.filter(idempotency_claims::application_id.eq(application.uuid()));
    // A range and an order instead of an equation, so that every plan uses the primary key (docs/adr/0024).
    let row = of_application
        .filter(idempotency_claims::name.between(name, name))
        .order(idempotency_claims::name)
        .select((ClaimRow::as_select(), idempotency_claims::expires_at.le(now)))
        .first(connection)
        .optional()?;
    let Some((row, is_over)): Option<(ClaimRow, bool)> = row else {
        return Ok(None);
    };
    if row.holder.is_some() && row.holder == holder.map(HolderId::uuid) {
        return Ok(None);
    }
    if is_over {
        let expired = of_application
            .filter(idempotency_claims::name.eq(name))
            .filter(idempotency_claims::expires_at.le(now));
        diesel::delete(expired).execute(connection)?;
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

/// Makes a transaction the only one that executes a call, after it has read all facts. Fails if another transaction
/// executes the call or has executed it.
pub(crate) fn enter(
    connection: &mut PgConnection,
    application: ApplicationId,
    claim: &IdempotencyClaim,
) -> Result<(), Failure> {
    let lock = pg_try_advisory_xact_lock(lock_of(application, claim));
    let is_free: bool = diesel::select(lock).get_result(connection)?;
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
    use diesel::query_dsl::methods::FilterDsl as _;

    const KEPT_MILLIS: i64 = StoredResponse::KEPT_HOURS as i64 * 3_600_000;
    let written = diesel::insert_into(idempotency_claims::table)
        .values((
            idempotency_claims::application_id.eq(application.uuid()),
            idempotency_claims::name.eq(claim.name().as_slice()),
            idempotency_claims::fingerprint.eq(claim.fingerprint().bytes().as_slice()),
            idempotency_claims::user_id.eq(stored.user().map(UserId::uuid)),
            idempotency_claims::answer.eq(stored.bytes()),
            idempotency_claims::expires_at.eq(in_millis(KEPT_MILLIS)),
        ))
        .on_conflict((idempotency_claims::application_id, idempotency_claims::name))
        .do_update()
        .set((
            idempotency_claims::user_id.eq(excluded(idempotency_claims::user_id)),
            idempotency_claims::holder.eq(None::<Uuid>),
            idempotency_claims::answer.eq(excluded(idempotency_claims::answer)),
            idempotency_claims::expires_at.eq(excluded(idempotency_claims::expires_at)),
        ))
        .filter(idempotency_claims::holder.eq(holder.map(HolderId::uuid)))
        .execute(connection)?;
    if written == 1 { Ok(()) } else { Err(Failure::claimed()) }
}
