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
        limits: KeyLimits { reads_per_minute: Some(100), writes_per_minute: Some(100) },
        ..key(Role::Owner)
    }
}

/// Keys, and whether their values are within those of [`bound`].
fn values() -> Vec<(ApiKey, bool)> {
    let reads = |reads_per_minute| ApiKey {
        limits: KeyLimits { reads_per_minute, ..bound().limits },
        ..bound()
    };
    let writes = |writes_per_minute| ApiKey {
        limits: KeyLimits { writes_per_minute, ..bound().limits },
        ..bound()
    };
    let until = |expires_at| ApiKey { expires_at, ..bound() };
    let from = |texts| ApiKey { allowed_ips: networks(texts), ..bound() };
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
            let after = ApiKey { kind: KeyKind::Role(role), ..values.clone() };
            let manages = [Role::Owner, Role::Admin].contains(&role);
            let expected = within || !manages;
            assert_eq!(may_give(&bound(), None, &after), expected, "{after:?}");
            assert_eq!(may_give(&bound(), Some(&bound()), &after), expected);
            for role in Role::ALL {
                let before = ApiKey { kind: KeyKind::Role(role), ..after.clone() };
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
    let free = ApiKey { expires_at: None, ..bound() };
    let lifted = ApiKey { allowed_ips: AllowedNetworks::default(), ..free.clone() };
    assert!(!may_give(&bound(), Some(&free), &lifted));
    let narrowed = ApiKey { allowed_ips: networks(&["10.1.0.0/16"]), ..free.clone() };
    assert!(may_give(&bound(), Some(&free), &narrowed));
}
