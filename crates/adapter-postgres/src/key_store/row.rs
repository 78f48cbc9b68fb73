//! Rows of API keys.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable};
use users_domain::model::{
    AllowedNetworks, ApiKey, ApplicationId, Environment, KeyDigest, KeyGrant, KeyId, KeyKind,
    KeyLimits, KeyName, Network, Role, Timestamp,
};
use uuid::Uuid;

use crate::application_store::SettingsRow;
use crate::failure::Failure;
use crate::rows::{invalid, optional_unsigned};
use crate::schema::tables::{api_keys, applications};

/// The condition that a key is valid at a time, like [`ApiKey::state`].
pub(super) fn is_valid(
    at: Timestamp,
) -> Box<dyn BoxableExpression<api_keys::table, Pg, SqlType = Nullable<Bool>>> {
    let at = at.datetime();
    let never_revoked = api_keys::revoked_at.is_null();
    let never_expires = api_keys::expires_at.is_null();
    let is_unrevoked = never_revoked.or(api_keys::revoked_at.gt(at));
    Box::new(is_unrevoked.and(never_expires.or(api_keys::expires_at.gt(at))))
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub(super) struct KeyRow {
    pub(super) application_id: Uuid,
    pub(super) id: Uuid,
    digest: Vec<u8>,
    prefix: String,
    pub(super) created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    #[diesel(embed)]
    pub(super) settings: KeySettingsRow,
}

/// The columns that decisions change; the others are set when a key is created or used.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(
    table_name = api_keys,
    treat_none_as_default_value = false,
    treat_none_as_null = true
)]
pub(super) struct KeySettingsRow {
    kind: String,
    role: Option<String>,
    name: String,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    allowed_ips: Vec<String>,
    reads_per_minute: Option<i64>,
    writes_per_minute: Option<i64>,
}

impl KeyRow {
    pub(super) fn of(key: &ApiKey) -> Self {
        let kind = match key.kind {
            KeyKind::Role(_) => "role",
            KeyKind::Service => "service",
        };
        let networks = key.allowed_ips.networks().iter();
        Self {
            application_id: key.application.uuid(),
            id: key.id.uuid(),
            digest: key.digest.as_bytes().to_vec(),
            prefix: key.prefix.clone(),
            created_at: key.created_at.datetime(),
            last_used_at: key.last_used_at.map(Timestamp::datetime),
            settings: KeySettingsRow {
                kind: kind.to_owned(),
                role: key.kind.role().map(|role| role.as_str().to_owned()),
                name: key.name.as_str().to_owned(),
                expires_at: key.expires_at.map(Timestamp::datetime),
                revoked_at: key.revoked_at.map(Timestamp::datetime),
                allowed_ips: networks.map(Network::to_string).collect(),
                reads_per_minute: key.limits.reads_per_minute.map(i64::from),
                writes_per_minute: key.limits.writes_per_minute.map(i64::from),
            },
        }
    }

    pub(super) fn into_key(self) -> Result<ApiKey, Failure> {
        let settings = self.settings;
        let kind = match (settings.kind.as_str(), settings.role) {
            ("role", Some(role)) => KeyKind::Role(Role::parse(&role).map_err(invalid("role"))?),
            ("service", None) => KeyKind::Service,
            _ => return Err(Failure::defect("the stored kind of a key is unknown")),
        };
        let digest = self
            .digest
            .try_into()
            .map_err(|_| Failure::defect("the stored digest has another length"))?;
        let limits = KeyLimits {
            reads_per_minute: optional_unsigned("reads_per_minute", settings.reads_per_minute)?,
            writes_per_minute: optional_unsigned("writes_per_minute", settings.writes_per_minute)?,
        };
        Ok(ApiKey {
            id: KeyId::new(self.id),
            application: ApplicationId::new(self.application_id),
            name: KeyName::from_stored(settings.name),
            kind,
            digest: KeyDigest::from_bytes(digest),
            prefix: self.prefix,
            created_at: Timestamp::from_datetime(self.created_at),
            expires_at: settings.expires_at.map(Timestamp::from_datetime),
            last_used_at: self.last_used_at.map(Timestamp::from_datetime),
            revoked_at: settings.revoked_at.map(Timestamp::from_datetime),
            allowed_ips: networks_of(&settings.allowed_ips)?,
            limits,
        })
    }
}

fn networks_of(stored: &[String]) -> Result<AllowedNetworks, Failure> {
    let networks = stored.iter().map(|text| Network::parse(text)).collect::<Result<Vec<_>, _>>();
    networks.and_then(AllowedNetworks::new).map_err(invalid("allowed_ips"))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = applications)]
pub(super) struct GrantRow {
    #[diesel(embed)]
    key: KeyRow,
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
