//! API keys as stored, and the authenticated caller of a request.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::names::short_text;
use super::{
    Actor, AllowedNetworks, ApplicationId, ApplicationSettings, CommandContext, Environment,
    InvalidValue, KeyId, KeyKind, RequestId, Timestamp,
};

short_text!(
    /// Display name of a key.
    KeyName,
    255,
    check_label
);

/// The secret text of a key: a prefix and 32 random bytes in URL-safe base64. Never printed, logged or stored.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeySecret(String);

impl ApiKeySecret {
    /// Number of characters after the prefix: 32 bytes in base64 without padding.
    pub const RANDOM_CHARACTERS: usize = 43;

    /// Number of leading characters of a key that are stored for display.
    pub const SHOWN_CHARACTERS: usize = 12;

    /// # Errors
    /// [`InvalidValue::Malformed`] if the text does not have the format of a key.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let is_random = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        Environment::ALL
            .into_iter()
            .find_map(|environment| text.strip_prefix(environment.key_prefix()))
            .filter(|random| random.len() == Self::RANDOM_CHARACTERS)
            .filter(|random| random.bytes().all(is_random))
            .map(|_| Self(text.to_owned()))
            .ok_or(InvalidValue::Malformed)
    }

    /// Creates a key from 32 random bytes.
    #[must_use]
    pub fn generate(environment: Environment, random: [u8; 32]) -> Self {
        Self(format!("{}{}", environment.key_prefix(), URL_SAFE_NO_PAD.encode(random)))
    }

    /// The digest that is stored and looked up instead. Plain SHA-256 suffices for an input of 256 random bits.
    #[must_use]
    pub fn digest(&self) -> KeyDigest {
        KeyDigest(Sha256::digest(self.0.as_bytes()).into())
    }

    /// The leading [`Self::SHOWN_CHARACTERS`] of the key, shown to identify it.
    #[must_use]
    pub fn shown_prefix(&self) -> String {
        self.0.chars().take(Self::SHOWN_CHARACTERS).collect()
    }

    /// The environment that the prefix denotes.
    #[must_use]
    pub fn environment(&self) -> Environment {
        if self.0.starts_with(Environment::Live.key_prefix()) {
            Environment::Live
        } else {
            Environment::Sandbox
        }
    }

    /// The secret text, to be shown once.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKeySecret(…)")
    }
}

/// SHA-256 of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// A stored digest.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Rate limits of one key, in requests per minute. `None` applies the application's setting, 0 means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct KeyLimits {
    /// Read requests per minute.
    pub reads_per_minute: Option<u32>,
    /// Write requests per minute.
    pub writes_per_minute: Option<u32>,
}

/// A stored API key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its identifier.
    pub id: KeyId,
    /// The application that owns the key.
    pub application: ApplicationId,
    /// Its name.
    pub name: KeyName,
    /// A role, or service.
    pub kind: KeyKind,
    /// The digest of the secret.
    pub digest: KeyDigest,
    /// The leading characters of the secret, for display.
    pub prefix: String,
    /// When the key was created.
    pub created_at: Timestamp,
    /// When the key expires.
    pub expires_at: Option<Timestamp>,
    /// When the key was last used, to about a minute.
    pub last_used_at: Option<Timestamp>,
    /// When the key was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The networks from which the key is accepted.
    pub allowed_ips: AllowedNetworks,
    /// The rate limits of the key.
    pub limits: KeyLimits,
}

/// Whether a key is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// The key is accepted.
    Valid,
    /// The key has expired.
    Expired,
    /// The key was revoked.
    Revoked,
}

impl ApiKey {
    /// Maximum number of accepted (not expired or revoked) keys per application.
    pub const MAX_LIVE: usize = 1000;

    /// Maximum number of expired and revoked keys in a list.
    pub const MAX_ENDED_LISTED: usize = 1000;

    /// Minimum interval between updates of [`Self::last_used_at`].
    pub const LAST_USED_RESOLUTION: Duration = Duration::from_mins(1);

    /// When the key stops being accepted (the earlier of expiry and revocation), if ever.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        [self.expires_at, self.revoked_at].into_iter().flatten().min()
    }

    /// Whether a use at this time must be recorded: none was recorded in the last [`Self::LAST_USED_RESOLUTION`].
    #[must_use]
    pub fn use_is_due(&self, at: Timestamp) -> bool {
        let interval = u64::try_from(Self::LAST_USED_RESOLUTION.as_millis()).unwrap_or(u64::MAX);
        self.last_used_at.is_none_or(|last| last.plus_millis(interval) <= at)
    }

    /// Whether the key is accepted at this time.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.revoked_at.is_some_and(|at| at <= now) {
            KeyState::Revoked
        } else if self.expires_at.is_some_and(|at| at <= now) {
            KeyState::Expired
        } else {
            KeyState::Valid
        }
    }
}

/// A key together with the environment and settings of its application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyGrant {
    /// The key.
    pub key: ApiKey,
    /// Live or sandbox.
    pub environment: Environment,
    /// The settings of the application.
    pub settings: ApplicationSettings,
}

/// The caller of an authenticated request: key, client address and request id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The key and its application's settings.
    pub grant: KeyGrant,
    /// The address of the client.
    pub address: Option<IpAddr>,
    /// The id of the request.
    pub request_id: RequestId,
}

impl Caller {
    /// The application to which all operations of the caller are scoped.
    #[must_use]
    pub const fn application(&self) -> ApplicationId {
        self.grant.key.application
    }

    /// Creates the context of a command of this caller.
    #[must_use]
    pub fn context(&self, at: Timestamp, seed: [u8; 32]) -> CommandContext {
        let key = &self.grant.key;
        CommandContext {
            at,
            seed,
            actor: Actor::Key {
                id: key.id,
                name: key.name.clone(),
                kind: key.kind,
                address: self.address,
            },
            request_id: self.request_id.clone(),
            environment: self.grant.environment,
        }
    }
}

/// How long the old key is accepted after a rotation: 0 to 10,080 minutes (one week).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyGrace(Duration);

impl KeyGrace {
    /// Maximum grace period, in minutes.
    pub const MAX_MINUTES: u64 = 7 * 24 * 60;

    /// The default grace period: 24 hours, to replace every copy of the old key.
    pub const DEFAULT: Self = Self(Duration::from_hours(24));

    /// # Errors
    /// [`InvalidValue::OutOfRange`].
    pub const fn from_minutes(minutes: u64) -> Result<Self, InvalidValue> {
        if minutes > Self::MAX_MINUTES {
            return Err(InvalidValue::OutOfRange { min: 0, max: Self::MAX_MINUTES });
        }
        Ok(Self(Duration::from_mins(minutes)))
    }

    /// The grace period as a duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

#[cfg(test)]
mod tests;
