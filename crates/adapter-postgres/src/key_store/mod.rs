//! [`KeyStore`] on PostgreSQL. The look-ups by digest and by id do not filter by application, because they determine
//! it.

mod commit;
mod row;

use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::dsl::not;
use diesel::prelude::*;
use users_domain::model::{
    ApiKey, ApplicationId, AuditEntry, KeyDigest, KeyGrant, KeyId, Timestamp,
};
use users_domain::ports::{KeyMutation, KeyStore, StoreError};
use users_domain::rules::keys::KeyOutcome;

use self::row::{GrantRow, KeyRow, is_valid};
use crate::adapters::PgKeyStore;
use crate::audit;
use crate::failure::Failure;
use crate::numbers::{signed, whole_millis};
use crate::pool::Work;
use crate::schema::tables::{api_keys, applications};

/// Finds the key with this digest, and its application.
pub(crate) fn find_on(
    connection: &mut PgConnection,
    digest: KeyDigest,
) -> Result<Option<KeyGrant>, Failure> {
    let row = api_keys::table
        .inner_join(applications::table)
        .filter(api_keys::digest.eq(digest.as_bytes().as_slice()))
        .select(GrantRow::as_select())
        .get_result(connection)
        .optional()?;
    row.map(GrantRow::into_grant).transpose()
}

#[async_trait]
impl KeyStore for PgKeyStore {
    async fn commit(
        &self,
        application: ApplicationId,
        mutation: KeyMutation,
    ) -> Result<KeyOutcome, StoreError> {
        self.pool
            .run_for(application, Work::Write, move |connection| {
                commit::commit(connection, application, &mutation)
            })
            .await
    }

    async fn add(&self, key: ApiKey, entry: AuditEntry) -> Result<bool, StoreError> {
        self.pool
            .run(move |connection| {
                connection.transaction(|connection| {
                    let added = diesel::insert_into(api_keys::table)
                        .values(KeyRow::of(&key))
                        .on_conflict(api_keys::digest)
                        .do_nothing()
                        .execute(connection)?;
                    if added == 1 {
                        audit::record(connection, key.application, &[entry])?;
                    }
                    Ok(added == 1)
                })
            })
            .await
    }

    async fn find(&self, digest: KeyDigest) -> Result<Option<KeyGrant>, StoreError> {
        self.pool.run(move |connection| find_on(connection, digest)).await
    }

    async fn find_by_id(
        &self,
        application: ApplicationId,
        id: KeyId,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                let row = api_keys::table
                    .find(id.uuid())
                    .filter(api_keys::application_id.eq(application.uuid()))
                    .select(KeyRow::as_select())
                    .get_result(connection)
                    .optional()?;
                row.map(KeyRow::into_key).transpose()
            })
            .await
    }

    async fn application_of(&self, id: KeyId) -> Result<Option<ApplicationId>, StoreError> {
        self.pool
            .run(move |connection| {
                let application = api_keys::table
                    .find(id.uuid())
                    .select(api_keys::application_id)
                    .get_result(connection)
                    .optional()?;
                Ok(application.map(ApplicationId::new))
            })
            .await
    }

    async fn list(
        &self,
        application: ApplicationId,
        now: Timestamp,
    ) -> Result<Vec<ApiKey>, StoreError> {
        self.pool
            .run_for(application, Work::List, move |connection| {
                let keys = api_keys::table.filter(api_keys::application_id.eq(application.uuid()));
                let ended = keys
                    .filter(not(is_valid(now)))
                    .order((api_keys::created_at.desc(), api_keys::id.desc()))
                    .limit(signed(ApiKey::MAX_ENDED_LISTED))
                    .select(KeyRow::as_select());
                let mut rows = keys
                    .filter(is_valid(now))
                    .select(KeyRow::as_select())
                    .union_all(ended)
                    .load(connection)?;
                rows.sort_by_key(|row| (row.created_at, row.id));
                rows.into_iter().map(KeyRow::into_key).collect()
            })
            .await
    }

    async fn touch(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        // At most once per interval, however many processes try.
        let before =
            at.datetime() - TimeDelta::milliseconds(whole_millis(ApiKey::LAST_USED_RESOLUTION));
        self.pool
            .run_for(application, Work::Write, move |connection| {
                let key = api_keys::table
                    .find(id.uuid())
                    .filter(api_keys::application_id.eq(application.uuid()));
                let never_used = api_keys::last_used_at.is_null();
                diesel::update(key.filter(never_used.or(api_keys::last_used_at.le(before))))
                    .set(api_keys::last_used_at.eq(at.datetime()))
                    .execute(connection)?;
                Ok(())
            })
            .await
    }
}
