//! [`KeyStore`] on PostgreSQL. The look-ups by digest and by id do not filter by application, because they determine
//! it.

mod commit;
mod row;

use std::sync::LazyLock;

use async_trait::async_trait;
use diesel::PgConnection;
use users_domain::model::{
    ApiKey, ApplicationId, AuditEntry, KeyDigest, KeyGrant, KeyId, Timestamp,
};
use users_domain::ports::{KeyMutation, KeyStore, StoreError};
use users_domain::rules::keys::KeyOutcome;

use self::row::{GrantRow, KEY_COLUMNS, KeyRow, key_binds};
use crate::application_store::SETTINGS_COLUMNS;
use crate::audit::{ENTRY_COLUMNS, STORED_AUDIT, StoredAudit};
use crate::failure::Failure;
use crate::numbers::{signed, whole_millis};
use crate::pool::{Pool, Work};
use crate::rows::json_of;
use crate::statement::Statement;

/// Writes the key and its audit entry, or neither.
static ADD: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH added AS (
        {} ON CONFLICT (digest) DO NOTHING RETURNING application_id AS application
    ), noted AS (
        SELECT * FROM jsonb_to_record($15::jsonb) AS r ({STORED_AUDIT})
    ), entered AS (
        INSERT INTO audit_entries (application_id, {ENTRY_COLUMNS})
        SELECT a.application, {ENTRY_COLUMNS} FROM noted, added a
        RETURNING application_id, id
    ), detailed AS (
        INSERT INTO audit_details (application_id, entry_id, salt, detail)
        SELECT e.application_id, e.id, n.salt, n.detail FROM noted n, entered e
    )
    SELECT application AS id FROM added",
        row::INSERT
    )
});
static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {KEY_COLUMNS}, a.environment, {SETTINGS_COLUMNS}
    FROM api_keys k JOIN applications a ON a.id = k.application_id WHERE k.digest = $1"
    )
});
static FIND_BY_ID: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {KEY_COLUMNS} FROM api_keys k WHERE k.application_id = $1 AND k.id = $2")
});
static LIST: LazyLock<String> = LazyLock::new(|| {
    let lives = row::lives("$2");
    format!(
        "SELECT * FROM (
        SELECT {KEY_COLUMNS} FROM api_keys k WHERE k.application_id = $1 AND {lives}
        UNION ALL
        (SELECT {KEY_COLUMNS} FROM api_keys k WHERE k.application_id = $1 AND NOT {lives}
         ORDER BY k.created_at DESC, k.id DESC LIMIT $3)
    ) listed ORDER BY created_at, id"
    )
});
const APPLICATION_OF: &str = "SELECT k.application_id FROM api_keys k WHERE k.id = $1";
/// Updates the time at most once per interval, however many processes try.
const TOUCH: &str = "UPDATE api_keys SET last_used_at = $1 WHERE application_id = $2 AND id = $3
        AND (last_used_at IS NULL OR last_used_at <= $1 - $4 * interval '1 millisecond')";

/// Finds the key with this digest, and its application.
pub(crate) fn find_on(
    connection: &mut PgConnection,
    digest: KeyDigest,
) -> Result<Option<KeyGrant>, Failure> {
    let statement = Statement::new(FIND.as_str()).bind(digest.as_bytes().to_vec());
    let row: Option<GrantRow> = statement.row(connection)?;
    row.map(GrantRow::into_grant).transpose()
}

/// Stores API keys.
#[derive(Clone)]
pub struct PgKeyStore {
    pool: Pool,
}

impl PgKeyStore {
    /// Creates the store on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
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
                let added: Option<row::IdRow> = Statement::new(ADD.as_str())
                    .bind_all(key_binds(&key))
                    .bind(json_of(&StoredAudit::of(&entry, false))?)
                    .row(connection)?;
                Ok(added.is_some())
            })
            .await
    }

    async fn find(&self, digest: KeyDigest) -> Result<Option<KeyGrant>, StoreError> {
        self.pool
            .run(move |connection| find_on(connection, digest))
            .await
    }

    async fn find_by_id(
        &self,
        application: ApplicationId,
        id: KeyId,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.pool
            .run_for(application, Work::Lookup, move |connection| {
                let row: Option<KeyRow> = Statement::new(FIND_BY_ID.as_str())
                    .bind(application.uuid())
                    .bind(id.uuid())
                    .row(connection)?;
                row.map(KeyRow::into_key).transpose()
            })
            .await
    }

    async fn application_of(&self, id: KeyId) -> Result<Option<ApplicationId>, StoreError> {
        self.pool
            .run(move |connection| {
                let statement = Statement::new(APPLICATION_OF).bind(id.uuid());
                let row: Option<row::ApplicationRow> = statement.row(connection)?;
                Ok(row.map(|row| ApplicationId::new(row.application_id)))
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
                let rows: Vec<KeyRow> = Statement::new(LIST.as_str())
                    .bind(application.uuid())
                    .bind(now)
                    .bind(signed(ApiKey::MAX_ENDED_LISTED))
                    .rows(connection)?;
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
        let statement = Statement::new(TOUCH)
            .bind(at)
            .bind(application.uuid())
            .bind(id.uuid())
            .bind(whole_millis(ApiKey::LAST_USED_RESOLUTION));
        self.pool
            .run_for(application, Work::Write, |connection| {
                statement.run(connection)?;
                Ok(())
            })
            .await
    }
}
