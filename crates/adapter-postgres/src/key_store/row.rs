//! Rows of API keys.

use chrono::{DateTime, Utc};
use diesel::prelude::QueryableByName;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use users_domain::model::{
    AllowedNetworks, ApiKey, ApplicationId, Environment, KeyDigest, KeyGrant, KeyId, KeyKind,
    KeyLimits, KeyName, Network, Role, Timestamp,
};
use uuid::Uuid;

use crate::application_store::SettingsRow;
use crate::failure::Failure;
use crate::rows::{invalid, unsigned};
use crate::statement::Bind;

/// The columns of a [`KeyRow`], in a query on `api_keys k`.
pub(super) const KEY_COLUMNS: &str =
    "k.application_id, k.id, k.kind, k.role, k.name, k.digest, k.prefix, k.created_at,
    k.expires_at, k.last_used_at, k.revoked_at, k.allowed_ips, k.reads_per_minute,
    k.writes_per_minute";

/// Requires [`key_binds`].
pub(super) const INSERT: &str =
    "INSERT INTO api_keys (application_id, id, kind, role, name, digest, prefix, created_at,
        expires_at, last_used_at, revoked_at, allowed_ips, reads_per_minute, writes_per_minute)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// The condition that a row of `api_keys k` is valid at a time, like [`ApiKey::state`].
pub(super) fn lives(at: &str) -> String {
    format!(
        "((k.revoked_at IS NULL OR k.revoked_at > {at}) AND (k.expires_at IS NULL OR k.expires_at > {at}))"
    )
}

/// In the order of [`INSERT`].
pub(super) fn key_binds(key: &ApiKey) -> [Bind; 14] {
    [
        key.application.uuid().into(),
        key.id.uuid().into(),
        kind_of(key.kind).into(),
        key.kind.role().map(|role| role.as_str().to_owned()).into(),
        key.name.as_str().into(),
        key.digest.as_bytes().to_vec().into(),
        key.prefix.as_str().into(),
        key.created_at.into(),
        key.expires_at.into(),
        key.last_used_at.into(),
        key.revoked_at.into(),
        texts_of(&key.allowed_ips).into(),
        key.limits.reads_per_minute.map(i64::from).into(),
        key.limits.writes_per_minute.map(i64::from).into(),
    ]
}

pub(super) const fn kind_of(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Role(_) => "role",
        KeyKind::Service => "service",
    }
}

#[derive(QueryableByName)]
pub(super) struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    #[expect(dead_code, reason = "only the existence of the row matters")]
    id: Uuid,
}

#[derive(QueryableByName)]
pub(super) struct ApplicationRow {
    #[diesel(sql_type = SqlUuid)]
    pub(super) application_id: Uuid,
}

#[derive(QueryableByName)]
pub(super) struct KeyRow {
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
    pub(super) fn into_key(self) -> Result<ApiKey, Failure> {
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
            name: KeyName::from_stored(self.name),
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

pub(super) fn texts_of(allowed: &AllowedNetworks) -> Vec<String> {
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
pub(super) struct GrantRow {
    #[diesel(embed)]
    key: KeyRow,
    #[diesel(sql_type = Text)]
    environment: String,
    #[diesel(embed)]
    settings: SettingsRow,
}

impl GrantRow {
    pub(super) fn into_grant(self) -> Result<KeyGrant, Failure> {
        Ok(KeyGrant {
            key: self.key.into_key()?,
            environment: Environment::parse(&self.environment).map_err(invalid("environment"))?,
            settings: self.settings.into_settings()?,
        })
    }
}
