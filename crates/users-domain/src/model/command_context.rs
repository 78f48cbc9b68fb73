//! When, who and where from: what a decision needs from outside and may not fetch itself.

use std::fmt;
use std::net::IpAddr;

use uuid::{Builder, Uuid};

use super::digest::digest_of;
use super::{Environment, KeyId, KeyKind, KeyName, RequestId, Role, Timestamp};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An API key.
    Key {
        /// Which.
        id: KeyId,
        /// Its name when it acted.
        name: KeyName,
        /// What it may do.
        kind: KeyKind,
        /// Where the request came from.
        address: Option<IpAddr>,
    },
    /// The service itself, on nobody's request.
    System,
}

impl Actor {
    /// Every word that audit entries keep for who acted.
    pub const KINDS: [&'static str; 3] = ["key", "service", "system"];

    /// The word that audit entries keep.
    #[must_use]
    pub const fn kind_str(&self) -> &'static str {
        match self {
            Self::Key {
                kind: KeyKind::Role(_),
                ..
            } => "key",
            Self::Key {
                kind: KeyKind::Service,
                ..
            } => "service",
            Self::System => "system",
        }
    }

    /// The key, if one asks.
    #[must_use]
    pub const fn key_id(&self) -> Option<KeyId> {
        match self {
            Self::Key { id, .. } => Some(*id),
            Self::System => None,
        }
    }

    /// The role, if the actor has one.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        match self {
            Self::Key { kind, .. } => kind.role(),
            Self::System => None,
        }
    }

    /// The name shown beside what the actor did.
    #[must_use]
    pub fn name(&self) -> Option<&KeyName> {
        match self {
            Self::Key { name, .. } => Some(name),
            Self::System => None,
        }
    }

    /// Where the request came from.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Key { address, .. } => *address,
            Self::System => None,
        }
    }
}

/// The facts around one command. All ids of what follows from it derive from the seed, so deciding twice makes the
/// same ids.
#[derive(Clone, PartialEq, Eq)]
pub struct CommandContext {
    /// When the command was received.
    pub at: Timestamp,
    /// Random; made anew for each command and never stored.
    pub seed: [u8; 32],
    /// Who asks.
    pub actor: Actor,
    /// Which request this belongs to.
    pub request_id: RequestId,
    /// Live or sandbox.
    pub environment: Environment,
}

/// Without the seed: secrets derive from it.
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
    /// The UUID (version 7, time `at`) of the `index`th thing of a kind that follows from this command for a subject.
    /// Those of one command and time sort by their index (RFC 9562 section 6.2, method 1), the first 4096 of them.
    #[must_use]
    pub fn derive_uuid(&self, kind: &str, subject: &[u8], index: u64) -> Uuid {
        let [.., high, low] = index.to_be_bytes();
        let [_, _, random @ ..] = digest_of(&[
            b"users/id",
            &self.seed,
            kind.as_bytes(),
            subject,
            &index.to_be_bytes(),
        ]);
        let mut counted = [0; 32];
        for (to, from) in counted
            .iter_mut()
            .zip([high, low].into_iter().chain(random))
        {
            *to = from;
        }
        uuid_v7(self.at, &counted)
    }

    /// 32 bytes that nobody can guess who does not know the seed.
    #[must_use]
    pub fn derive_secret(&self, kind: &str, subject: &[u8]) -> [u8; 32] {
        digest_of(&[b"users/secret", &self.seed, kind.as_bytes(), subject])
    }
}

/// A UUID (version 7) from a time and 32 random bytes, for what no command makes.
#[must_use]
pub fn random_uuid(at: Timestamp, random: [u8; 32]) -> Uuid {
    uuid_v7(at, &random)
}

/// A UUID version 7 (RFC 9562 section 5.7) from a time and bytes that stand for its random part.
fn uuid_v7(at: Timestamp, random: &[u8; 32]) -> Uuid {
    let mut tail = [0_u8; 10];
    for (to, from) in tail.iter_mut().zip(random) {
        *to = *from;
    }
    let millis = u64::try_from(at.unix_micros().div_euclid(1_000)).unwrap_or(0);
    Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(seed: u8) -> CommandContext {
        CommandContext {
            at: Timestamp::parse("2026-01-01T00:00:00Z").unwrap(),
            seed: [seed; 32],
            actor: Actor::System,
            request_id: RequestId::parse("r").unwrap(),
            environment: Environment::Live,
        }
    }

    #[test]
    fn every_kind_of_actor_has_its_word() {
        let key = |kind| Actor::Key {
            id: KeyId::new(Uuid::nil()),
            name: KeyName::parse("key").unwrap(),
            kind,
            address: None,
        };
        let actors = [
            key(KeyKind::Role(Role::Owner)),
            key(KeyKind::Service),
            Actor::System,
        ];
        assert_eq!(actors.map(|actor| actor.kind_str()), Actor::KINDS);
    }

    #[test]
    fn a_seed_is_not_shown() {
        assert_eq!(format!("{:?}", context(1)), format!("{:?}", context(2)));
    }

    #[test]
    fn ids_repeat_for_the_same_stamp_and_differ_otherwise() {
        let id = context(1).derive_uuid("user", b"ada", 0);
        assert_eq!(id, context(1).derive_uuid("user", b"ada", 0));
        assert_eq!(id.get_version_num(), 7);
        for other in [
            context(2).derive_uuid("user", b"ada", 0),
            context(1).derive_uuid("event", b"ada", 0),
            context(1).derive_uuid("user", b"bob", 0),
            context(1).derive_uuid("user", b"ada", 1),
        ] {
            assert_ne!(id, other);
        }
    }

    #[test]
    fn ids_of_one_command_sort_by_their_index() {
        let ids: Vec<_> = (0..4096)
            .map(|index| context(1).derive_uuid("audit", b"ada", index))
            .collect();
        assert!(ids.is_sorted());
    }
}
