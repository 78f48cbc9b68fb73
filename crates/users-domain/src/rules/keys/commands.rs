//! Commands for API keys.

use crate::model::{
    AllowedNetworks, ApiKey, ApiKeySecret, ApplicationId, CommandContext, KeyDigest, KeyGrace,
    KeyId, KeyKind, KeyLimits, KeyName, Role, Timestamp,
};
use crate::rules::Patch;

/// Command that creates a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// The display name of the key.
    pub name: KeyName,
    /// The role of the key, or service.
    pub kind: KeyKind,
    /// The expiry: the key is refused from this time on.
    pub expires_at: Option<Timestamp>,
    /// The networks that the key is accepted from.
    pub allowed_ips: AllowedNetworks,
    /// The rate limits of the key.
    pub limits: KeyLimits,
}

/// Command that changes a key. Values that are not given stay unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyUpdate {
    /// The display name of the key.
    pub name: Option<KeyName>,
    /// The role of the key.
    pub role: Option<Role>,
    /// The expiry: the key is refused from this time on.
    pub expires_at: Patch<Timestamp>,
    /// The networks that the key is accepted from.
    pub allowed_ips: Option<AllowedNetworks>,
    /// The limit of read requests per minute.
    pub reads_per_minute: Patch<u32>,
    /// The limit of write requests per minute.
    pub writes_per_minute: Patch<u32>,
}

/// Command that replaces a key with a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRotation {
    /// How long the old key remains valid.
    pub grace: KeyGrace,
    /// The expiry of the new key; that of the old key if absent.
    pub expires_at: Patch<Timestamp>,
}

/// Digest and prefix of the secret of a new key. The secret itself is shown once and never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecret {
    digest: KeyDigest,
    prefix: String,
}

impl NewSecret {
    /// Computes digest and prefix of a secret.
    #[must_use]
    pub fn of(secret: &ApiKeySecret) -> Self {
        Self { digest: secret.digest(), prefix: secret.shown_prefix() }
    }

    /// Builds the key with this secret, created at the time of the command.
    #[must_use]
    pub fn key(self, new: NewKey, application: ApplicationId, context: &CommandContext) -> ApiKey {
        let id = context.derive_uuid("api-key", application.uuid().as_bytes(), 0);
        ApiKey {
            id: KeyId::new(id),
            application,
            name: new.name,
            kind: new.kind,
            digest: self.digest,
            prefix: self.prefix,
            created_at: context.at,
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
            allowed_ips: new.allowed_ips,
            limits: new.limits,
        }
    }
}
