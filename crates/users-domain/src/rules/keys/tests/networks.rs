//! The rule about the last OWNER key, with keys restricted to networks: one OWNER key that the caller's address may use
//! must remain.

use std::net::IpAddr;

use super::*;

const HERE: &str = "192.0.2.7";

fn networks(text: &str) -> AllowedNetworks {
    AllowedNetworks::new([Network::parse(text).unwrap()]).unwrap()
}

fn bound(key: ApiKey, text: &str) -> ApiKey {
    ApiKey { allowed_ips: networks(text), ..key }
}

/// Contexts of commands by this key, from [`HERE`] and from an unknown address.
fn from_addresses(key: &ApiKey) -> [CommandContext; 2] {
    [Some(HERE), None].map(|place| {
        let mut context = by(key);
        if let Actor::Key { address, .. } = &mut context.actor {
            *address = place.and_then(|place| place.parse::<IpAddr>().ok());
        }
        context
    })
}

fn narrowed(facts: &KeyFacts, text: &str, context: &CommandContext) -> KeyOutcome {
    let update = KeyUpdate { allowed_ips: Some(networks(text)), ..KeyUpdate::default() };
    decide_update(facts, &update, context)
}

#[test]
fn an_owner_key_for_the_callers_address_must_remain() {
    let own = a_key(1, role(Role::Owner));
    let elsewhere = bound(a_key(2, role(Role::Owner)), "198.51.100.0/24");
    let free = a_key(2, role(Role::Owner));
    for context in from_addresses(&own) {
        for others in [vec![], vec![elsewhere.clone()]] {
            let keys: Vec<_> = [own.clone()].into_iter().chain(others).collect();
            let facts = facts(&keys);
            assert_eq!(narrowed(&facts, "198.51.100.1", &context), LAST_OWNER);
            assert_eq!(decide_revoke(&facts, &context), LAST_OWNER);
            written(narrowed(&facts, "198.51.100.1", &system()));
        }
        let beside_a_free_one = facts(&[own.clone(), free.clone()]);
        written(narrowed(&beside_a_free_one, "198.51.100.1", &context));
        let another = facts(&[free.clone(), own.clone()]);
        written(narrowed(&another, "198.51.100.1", &context));
    }
    let [here, nowhere] = from_addresses(&own);
    let alone = facts(std::slice::from_ref(&own));
    written(narrowed(&alone, "192.0.2.0/24", &here));
    assert_eq!(narrowed(&alone, "192.0.2.0/24", &nowhere), LAST_OWNER);
}

/// A temporary key cannot revoke a lasting one, even if only the temporary key accepts the caller's address.
#[test]
fn a_lasting_owner_key_of_another_network_cannot_be_revoked() {
    let lasting = bound(a_key(1, role(Role::Owner)), "198.51.100.0/24");
    let own = expiring(a_key(2, role(Role::Owner)), NOW + 10);
    let facts = facts(&[lasting, own.clone()]);
    for context in from_addresses(&own) {
        assert_eq!(decide_revoke(&facts, &context), LAST_OWNER);
        written(narrowed(&facts, "203.0.113.0/24", &context));
    }
}
