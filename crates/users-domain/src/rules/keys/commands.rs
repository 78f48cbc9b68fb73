//! What can be wished for.

use crate::model::{
    AllowedNetworks, ApiKey, ApiKeySecret, ApplicationId, CommandContext, KeyDigest, KeyGrace,
    KeyId, KeyKind, KeyLimits, KeyName, Role, Timestamp,
};
use crate::rules::Patch;

/// A request for a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What people call it.
    pub name: KeyName,
    /// Its role, or service.
    pub kind: KeyKind,
    /// From when on it is refused.
    pub expires_at: Option<Timestamp>,
    /// Where it is accepted from.
    pub allowed_ips: AllowedNetworks,
    /// How much it may ask for.
    pub limits: KeyLimits,
}

/// A request for other values of a key. What is not said stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyUpdate {
    /// What people call it.
    pub name: Option<KeyName>,
    /// Its role.
    pub role: Option<Role>,
    /// From when on it is refused.
    pub expires_at: Patch<Timestamp>,
    /// Where it is accepted from.
    pub allowed_ips: Option<AllowedNetworks>,
    /// Reading requests a minute.
    pub reads_per_minute: Patch<u32>,
    /// Writing requests a minute.
    pub writes_per_minute: Patch<u32>,
}

/// A request for a key in the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRotation {
    /// How long the old one goes on.
    pub grace: KeyGrace,
    /// From when on the new one is refused; as the old one where nothing is said.
    pub expires_at: Patch<Timestamp>,
}

/// What is known of the secret of a new key, which itself is shown once and never kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecret {
    digest: KeyDigest,
    prefix: String,
}

impl NewSecret {
    /// Of this secret.
    #[must_use]
    pub fn of(secret: &ApiKeySecret) -> Self {
        Self {
            digest: secret.digest(),
            prefix: secret.shown_prefix(),
        }
    }

    /// The key of this secret, as it would be made now.
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
