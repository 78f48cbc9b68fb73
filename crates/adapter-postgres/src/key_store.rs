//! [`KeyStore`] on PostgreSQL. Its look-ups are the only statements that name no application: they find out which.

use std::sync::LazyLock;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use users_domain::model::{
    AllowedNetworks, ApiKey, ApplicationId, Environment, KeyDigest, KeyGrant, KeyId, KeyKind,
    KeyLimits, KeyName, Network, Role, Timestamp,
};
use users_domain::ports::{KeyStore, StoreError};
use uuid::Uuid;

use crate::application_store::{SETTINGS_COLUMNS, SettingsRow};
use crate::failure::Failure;
use crate::pool::Pool;
use crate::rows::{invalid, unsigned};
use crate::statement::Statement;

/// The columns of a [`KeyRow`], in a query on `api_keys k`.
const KEY_COLUMNS: &str =
    "k.application_id, k.id, k.kind, k.role, k.name, k.digest, k.prefix, k.created_at,
    k.expires_at, k.last_used_at, k.revoked_at, k.allowed_ips, k.reads_per_minute,
    k.writes_per_minute";

const ADD: &str = "INSERT INTO api_keys (application_id, id, kind, role, name, digest, prefix, created_at, expires_at,
        last_used_at, revoked_at, allowed_ips, reads_per_minute, writes_per_minute)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (digest) DO NOTHING";
static FIND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {KEY_COLUMNS}, a.environment, {SETTINGS_COLUMNS}
    FROM api_keys k JOIN applications a ON a.id = k.application_id WHERE k.digest = $1"
    )
});
static LIST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {KEY_COLUMNS} FROM api_keys k WHERE k.application_id = $1 ORDER BY k.created_at, k.id"
    )
});
static REVOKE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "UPDATE api_keys k SET revoked_at = least(k.revoked_at, $1) WHERE k.application_id = $2 AND k.id = $3
    RETURNING {KEY_COLUMNS}"
    )
});
const TOUCH: &str = "UPDATE api_keys SET last_used_at = $1 WHERE application_id = $2 AND id = $3
        AND (last_used_at IS NULL OR last_used_at < $1)";

/// Keeps API keys.
#[derive(Clone)]
pub struct PgKeyStore {
    pool: Pool,
}

impl PgKeyStore {
    /// Over this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl KeyStore for PgKeyStore {
    async fn add(&self, key: ApiKey) -> Result<bool, StoreError> {
        let kind = match key.kind {
            KeyKind::Role(_) => "role",
            KeyKind::Service => "service",
        };
        let statement = Statement::new(ADD)
            .bind(key.application.uuid())
            .bind(key.id.uuid())
            .bind(kind)
            .bind(key.kind.role().map(|role| role.as_str().to_owned()))
            .bind(key.name.as_str())
            .bind(key.digest.as_bytes().to_vec())
            .bind(key.prefix)
            .bind(key.created_at)
            .bind(key.expires_at)
            .bind(key.last_used_at)
            .bind(key.revoked_at)
            .bind(texts_of(&key.allowed_ips))
            .bind(key.limits.reads_per_minute.map(i64::from))
            .bind(key.limits.writes_per_minute.map(i64::from));
        self.pool
            .run(|connection| Ok(statement.run(connection)? == 1))
            .await
    }

    async fn find(&self, digest: KeyDigest) -> Result<Option<KeyGrant>, StoreError> {
        self.pool
            .run(move |connection| {
                let statement = Statement::new(FIND.as_str()).bind(digest.as_bytes().to_vec());
                let row: Option<GrantRow> = statement.row(connection)?;
                row.map(GrantRow::into_grant).transpose()
            })
            .await
    }

    async fn list(&self, application: ApplicationId) -> Result<Vec<ApiKey>, StoreError> {
        self.pool
            .run(move |connection| {
                let rows: Vec<KeyRow> = Statement::new(LIST.as_str())
                    .bind(application.uuid())
                    .rows(connection)?;
                rows.into_iter().map(KeyRow::into_key).collect()
            })
            .await
    }

    async fn revoke(
        &self,
        application: ApplicationId,
        id: KeyId,
        at: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        self.pool
            .run(move |connection| {
                let row: Option<KeyRow> = Statement::new(REVOKE.as_str())
                    .bind(at)
                    .bind(application.uuid())
                    .bind(id.uuid())
                    .row(connection)?;
                row.map(KeyRow::into_key).transpose()
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
            .bind(id.uuid());
        self.pool
            .run(|connection| {
                statement.run(connection)?;
                Ok(())
            })
            .await
    }
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = SqlUuid)]
    application_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    role: Option<String>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Binary)]
    digest: Vec<u8>,
    #[diesel(sql_type = Text)]
    prefix: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_used_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    revoked_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Array<Text>)]
    allowed_ips: Vec<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    reads_per_minute: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    writes_per_minute: Option<i64>,
}

impl KeyRow {
    fn into_key(self) -> Result<ApiKey, Failure> {
        let kind = match (self.kind.as_str(), self.role) {
            ("role", Some(role)) => KeyKind::Role(Role::parse(&role).map_err(invalid("role"))?),
            ("service", None) => KeyKind::Service,
            _ => return Err(Failure::defect("the stored kind of a key is unknown")),
        };
        let digest = self
            .digest
            .try_into()
            .map_err(|_| Failure::defect("the stored digest has another length"))?;
        let limits = KeyLimits {
            reads_per_minute: limit("reads_per_minute", self.reads_per_minute)?,
            writes_per_minute: limit("writes_per_minute", self.writes_per_minute)?,
        };
        Ok(ApiKey {
            id: KeyId::new(self.id),
            application: ApplicationId::new(self.application_id),
            name: KeyName::parse(self.name).map_err(invalid("key name"))?,
            kind,
            digest: KeyDigest::from_bytes(digest),
            prefix: self.prefix,
            created_at: Timestamp::from_datetime(self.created_at),
            expires_at: self.expires_at.map(Timestamp::from_datetime),
            last_used_at: self.last_used_at.map(Timestamp::from_datetime),
            revoked_at: self.revoked_at.map(Timestamp::from_datetime),
            allowed_ips: networks_of(&self.allowed_ips)?,
            limits,
        })
    }
}

fn texts_of(allowed: &AllowedNetworks) -> Vec<String> {
    allowed.networks().iter().map(Network::to_string).collect()
}

fn networks_of(stored: &[String]) -> Result<AllowedNetworks, Failure> {
    let networks = stored
        .iter()
        .map(|text| Network::parse(text))
        .collect::<Result<Vec<_>, _>>();
    networks
        .and_then(AllowedNetworks::new)
        .map_err(invalid("allowed_ips"))
}

fn limit(column: &'static str, stored: Option<i64>) -> Result<Option<u32>, Failure> {
    stored.map(|limit| unsigned(column, limit)).transpose()
}

#[derive(QueryableByName)]
struct GrantRow {
    #[diesel(embed)]
    key: KeyRow,
    #[diesel(sql_type = Text)]
    environment: String,
    #[diesel(embed)]
    settings: SettingsRow,
}

impl GrantRow {
    fn into_grant(self) -> Result<KeyGrant, Failure> {
        Ok(KeyGrant {
            key: self.key.into_key()?,
            environment: Environment::parse(&self.environment).map_err(invalid("environment"))?,
            settings: self.settings.into_settings()?,
        })
    }
}
