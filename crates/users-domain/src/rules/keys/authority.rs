//! Which actors may create, change and revoke which keys, in addition to the role matrix.

use crate::model::{Actor, ApiKey, KeyKind, Operation, Role};
use crate::rules::role_matrix::permits;

/// Whether the actor may create, change and rotate keys of this kind. An ADMIN may do so for every role except OWNER.
/// Service keys are managed on the command line only.
#[must_use]
pub fn may_handle(actor: &Actor, kind: KeyKind) -> bool {
    match (actor, kind) {
        (Actor::System, _) => true,
        (Actor::Key { .. }, KeyKind::Service) => false,
        (Actor::Key { .. }, KeyKind::Role(role)) => match actor.role() {
            Some(Role::Owner) => true,
            Some(Role::Admin) => role != Role::Owner,
            Some(Role::ComplianceOfficer | Role::Developer | Role::Reader) | None => false,
        },
    }
}

/// Whether the actor may revoke keys of this kind: those that it may handle, and an OWNER also service keys, as
/// revoking a leaked key must not require access to the command line.
#[must_use]
pub fn may_end(actor: &Actor, kind: KeyKind) -> bool {
    may_handle(actor, kind) || actor.role() == Some(Role::Owner)
}

/// Whether the key `actor`, which manages keys, may give these values to another key. A key that may manage keys gets
/// no more than the acting key has, or no more than it had before if it could already manage keys: no later expiry, no
/// other networks, no higher limits. So no key can widen its own bounds, directly or through another key, whatever role
/// that key had before.
pub(super) fn may_give(actor: &ApiKey, before: Option<&ApiKey>, after: &ApiKey) -> bool {
    if !permits(after.kind, Operation::ManageKeys) {
        return true;
    }
    let beyond_actor = beyond(after, actor);
    let managed = before.filter(|before| permits(before.kind, Operation::ManageKeys));
    let beyond_before = managed.map_or([true; 4], |before| beyond(after, before));
    let gained = beyond_actor.into_iter().zip(beyond_before);
    !gained.into_iter().any(|(actor, before)| actor && before)
}

/// For each bound (expiry, networks, read limit, write limit): whether `key` exceeds `other`.
fn beyond(key: &ApiKey, other: &ApiKey) -> [bool; 4] {
    // No limit and the default limit both count as the highest limit.
    let limit = |limit: Option<u32>| limit.filter(|limit| *limit > 0).unwrap_or(u32::MAX);
    let (limits, others) = (&key.limits, &other.limits);
    [
        other
            .expires_at
            .is_some_and(|end| key.expires_at.is_none_or(|at| at > end)),
        !key.allowed_ips.is_within(&other.allowed_ips),
        limit(limits.reads_per_minute) > limit(others.reads_per_minute),
        limit(limits.writes_per_minute) > limit(others.writes_per_minute),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AllowedNetworks, KeyLimits, Network, Timestamp};
    use crate::rules::fixtures::grant;

    fn key(role: Role) -> ApiKey {
        grant(KeyKind::Role(role)).key
    }

    fn networks(texts: &[&str]) -> AllowedNetworks {
        let networks = texts.iter().map(|text| Network::parse(text).unwrap());
        AllowedNetworks::new(networks).unwrap()
    }

    fn end(micros: i64) -> Option<Timestamp> {
        Timestamp::from_unix_micros(micros)
    }

    /// An OWNER key with every bound set.
    fn bound() -> ApiKey {
        ApiKey {
            expires_at: end(100),
            allowed_ips: networks(&["10.0.0.0/8", "2001:db8::/32"]),
            limits: KeyLimits {
                reads_per_minute: Some(100),
                writes_per_minute: Some(100),
            },
            ..key(Role::Owner)
        }
    }

    /// Keys, and whether their values are within those of [`bound`].
    fn values() -> Vec<(ApiKey, bool)> {
        let reads = |reads_per_minute| ApiKey {
            limits: KeyLimits {
                reads_per_minute,
                ..bound().limits
            },
            ..bound()
        };
        let writes = |writes_per_minute| ApiKey {
            limits: KeyLimits {
                writes_per_minute,
                ..bound().limits
            },
            ..bound()
        };
        let until = |expires_at| ApiKey {
            expires_at,
            ..bound()
        };
        let from = |texts| ApiKey {
            allowed_ips: networks(texts),
            ..bound()
        };
        vec![
            (bound(), true),
            (until(end(99)), true),
            (until(end(101)), false),
            (until(None), false),
            (from(&["10.1.0.0/16"]), true),
            (from(&["10.1.0.0/16", "2001:db8:1::/48"]), true),
            (from(&["10.0.0.0/7"]), false),
            (from(&["10.1.0.0/16", "192.0.2.1"]), false),
            (from(&["0.0.0.0/0", "::/0"]), false),
            (from(&[]), false),
            (reads(Some(1)), true),
            (reads(Some(101)), false),
            (reads(Some(0)), false),
            (reads(None), false),
            (writes(Some(99)), true),
            (writes(Some(0)), false),
            (writes(None), false),
        ]
    }

    #[test]
    fn a_key_cannot_give_a_managing_key_more_than_it_has() {
        for (values, within) in values() {
            for role in Role::ALL {
                let after = ApiKey {
                    kind: KeyKind::Role(role),
                    ..values.clone()
                };
                let manages = [Role::Owner, Role::Admin].contains(&role);
                let expected = within || !manages;
                assert_eq!(may_give(&bound(), None, &after), expected, "{after:?}");
                assert_eq!(may_give(&bound(), Some(&bound()), &after), expected);
                for role in Role::ALL {
                    let before = ApiKey {
                        kind: KeyKind::Role(role),
                        ..after.clone()
                    };
                    // The key had these values before and could use them to create keys.
                    let was_manager = [Role::Owner, Role::Admin].contains(&role);
                    let given = may_give(&bound(), Some(&before), &after);
                    assert_eq!(given, expected || was_manager, "{role:?} -> {after:?}");
                }
                assert!(may_give(&key(Role::Owner), None, &after));
            }
        }
    }

    #[test]
    fn previous_values_are_compared_for_each_bound_separately() {
        let free = ApiKey {
            expires_at: None,
            ..bound()
        };
        let lifted = ApiKey {
            allowed_ips: AllowedNetworks::default(),
            ..free.clone()
        };
        assert!(!may_give(&bound(), Some(&free), &lifted));
        let narrowed = ApiKey {
            allowed_ips: networks(&["10.1.0.0/16"]),
            ..free.clone()
        };
        assert!(may_give(&bound(), Some(&free), &narrowed));
    }
}
