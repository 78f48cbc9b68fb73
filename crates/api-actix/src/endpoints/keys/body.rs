//! Keys in response bodies, with the members that the contract defines. Contains a secret only in the response to its
//! creation.

use schemars::JsonSchema;
use serde::Serialize;
use users_domain::model::{ApiKey, KeyId, KeyKind, Network, Role, Timestamp};
use users_domain::service::{KeyCreated, KeyRotated};

use crate::http::text::{Text, Word};

/// A key, without its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ApiKey")]
pub(super) struct KeyBody<'a> {
    uuid: Text<KeyId>,
    name: &'a str,
    #[schemars(extend("enum" = ["role", "service"]))]
    kind: &'static str,
    /// Null for a key of kind `service`.
    role: Option<Word<Role>>,
    /// The first characters of the key, to recognise it.
    prefix: &'a str,
    created_at: Text<Timestamp>,
    /// When the key expires; null for never.
    expires_at: Option<Text<Timestamp>>,
    /// When the key was last used, accurate to about a minute.
    last_used_at: Option<Text<Timestamp>>,
    /// When the key was revoked; null if it was not.
    revoked_at: Option<Text<Timestamp>>,
    allowed_ips: Vec<Text<Network>>,
    rate_limit_get_per_minute: Option<u32>,
    rate_limit_write_per_minute: Option<u32>,
}

impl<'a> From<&'a ApiKey> for KeyBody<'a> {
    fn from(key: &'a ApiKey) -> Self {
        Self {
            uuid: Text(key.id),
            name: key.name.as_str(),
            kind: match key.kind {
                KeyKind::Role(_) => "role",
                KeyKind::Service => "service",
            },
            role: key.kind.role().map(Word),
            prefix: &key.prefix,
            created_at: Text(key.created_at),
            expires_at: key.expires_at.map(Text),
            last_used_at: key.last_used_at.map(Text),
            revoked_at: key.revoked_at.map(Text),
            allowed_ips: key.allowed_ips.networks().iter().copied().map(Text).collect(),
            rate_limit_get_per_minute: key.limits.reads_per_minute,
            rate_limit_write_per_minute: key.limits.writes_per_minute,
        }
    }
}

/// A new key, with its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewApiKey")]
pub(super) struct NewKeyBody<'a> {
    #[serde(flatten)]
    row: KeyBody<'a>,
    /// The secret of the key, which is shown only in this response.
    key: &'a str,
}

impl<'a> From<&'a KeyCreated> for NewKeyBody<'a> {
    fn from(created: &'a KeyCreated) -> Self {
        Self { row: (&created.key).into(), key: created.secret.expose() }
    }
}

/// A key that replaces another, with its secret.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "RotatedApiKey")]
pub(super) struct RotatedKeyBody<'a> {
    #[serde(flatten)]
    created: NewKeyBody<'a>,
    previous: KeyBody<'a>,
}

impl<'a> From<&'a KeyRotated> for RotatedKeyBody<'a> {
    fn from(rotated: &'a KeyRotated) -> Self {
        Self { created: (&rotated.created).into(), previous: (&rotated.previous).into() }
    }
}
