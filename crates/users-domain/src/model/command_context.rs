//! The context of a command: all that the rules, which read no clock and no random values, need of a request.

use std::fmt;
use std::net::IpAddr;

use uuid::{Builder, Uuid};

use super::digest::digest_of;
use super::{Environment, KeyId, KeyKind, KeyName, RequestId, Role, Timestamp};

/// The originator of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A request with an API key.
    Key {
        /// The key.
        id: KeyId,
        /// The name of the key at that time.
        name: KeyName,
        /// The role of the key, or service.
        kind: KeyKind,
        /// The address of the client.
        address: Option<IpAddr>,
    },
    /// The service itself, without a request.
    System,
}

impl Actor {
    /// The words of all kinds.
    pub const KINDS: [&'static str; 3] = ["key", "service", "system"];

    /// The kind of actor as stored in audit entries.
    pub(crate) const fn kind_str(&self) -> &'static str {
        match self {
            Self::Key { kind: KeyKind::Role(_), .. } => "key",
            Self::Key { kind: KeyKind::Service, .. } => "service",
            Self::System => "system",
        }
    }

    /// The id of the key, if the actor is a key.
    #[must_use]
    pub const fn key_id(&self) -> Option<KeyId> {
        if let Self::Key { id, .. } = self { Some(*id) } else { None }
    }

    /// The role of the key, if the actor has one.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        if let Self::Key { kind, .. } = self { kind.role() } else { None }
    }

    /// The name of the key, if the actor is a key.
    #[must_use]
    pub fn name(&self) -> Option<&KeyName> {
        if let Self::Key { name, .. } = self { Some(name) } else { None }
    }

    /// The address of the client, if known.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        if let Self::Key { address, .. } = self { *address } else { None }
    }
}

/// The context of one command. All its ids derive from the seed, so a repeated decision yields the same ids.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandContext {
    /// When the command was received.
    pub at: Timestamp,
    /// 32 random bytes, new for each command and never stored.
    pub seed: [u8; 32],
    /// The originator of the command.
    pub actor: Actor,
    /// The id of the request.
    pub request_id: RequestId,
    /// Live or sandbox.
    pub environment: Environment,
}

/// Omits the seed, because secrets derive from it.
impl fmt::Debug for CommandContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandContext")
            .field("at", &self.at)
            .field("actor", &self.actor)
            .field("request_id", &self.request_id)
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

impl CommandContext {
    /// The UUID (version 7, time `at`) of the `index`th object of a kind that this command creates for a subject. Up to
    /// 4096 UUIDs of one command sort by their index (RFC 9562 section 6.2, method 1).
    pub(crate) fn derive_uuid(&self, kind: &str, subject: &[u8], index: u64) -> Uuid {
        let [.., high, low] = index.to_be_bytes();
        let [_, _, random @ ..] =
            digest_of(&[b"users/id", &self.seed, kind.as_bytes(), subject, &index.to_be_bytes()]);
        let mut counted = [0; 32];
        for (to, from) in counted.iter_mut().zip([high, low].into_iter().chain(random)) {
            *to = from;
        }
        uuid_v7(self.at, &counted)
    }

    /// Derives 32 bytes that cannot be guessed without the seed.
    pub(crate) fn derive_secret(&self, kind: &str, subject: &[u8]) -> [u8; 32] {
        digest_of(&[b"users/secret", &self.seed, kind.as_bytes(), subject])
    }
}

/// A UUID (version 7) from a time and 32 random bytes, for objects that no command creates.
#[must_use]
pub fn random_uuid(at: Timestamp, random: [u8; 32]) -> Uuid {
    uuid_v7(at, &random)
}

/// A UUID version 7 (RFC 9562 section 5.7) from a time and the bytes of its random part.
fn uuid_v7(at: Timestamp, random: &[u8; 32]) -> Uuid {
    let mut tail = [0_u8; 10];
    for (to, from) in tail.iter_mut().zip(random) {
        *to = *from;
    }
    let millis = u64::try_from(at.unix_micros().div_euclid(1_000)).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

#[cfg(test)]
mod tests;
