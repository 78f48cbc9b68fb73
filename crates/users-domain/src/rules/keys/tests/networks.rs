//! The last OWNER key, where keys are bound to networks: it must be one that is accepted from where the caller is.

use std::net::IpAddr;

use super::*;

const HERE: &str = "192.0.2.7";

fn networks(text: &str) -> AllowedNetworks {
    AllowedNetworks::new([Network::parse(text).unwrap()]).unwrap()
}

fn bound(key: ApiKey, text: &str) -> ApiKey {
    ApiKey {
        allowed_ips: networks(text),
        ..key
    }
}

/// Acting with this key from [`HERE`], or from nobody knows where.
fn from_places(key: &ApiKey) -> [CommandContext; 2] {
    [Some(HERE), None].map(|place| {
        let mut context = by(key);
        if let Actor::Key { address, .. } = &mut context.actor {
            *address = place.and_then(|place| place.parse::<IpAddr>().ok());
        }
        context
    })
}

fn narrowed(facts: &KeyFacts, text: &str, context: &CommandContext) -> KeyOutcome {
    let update = KeyUpdate {
        allowed_ips: Some(networks(text)),
        ..KeyUpdate::default()
    };
    decide_update(facts, &update, context)
}

#[test]
fn some_owner_key_stays_that_is_accepted_from_where_the_caller_is() {
    let own = a_key(1, role(Role::Owner));
    let elsewhere = bound(a_key(2, role(Role::Owner)), "198.51.100.0/24");
    let free = a_key(2, role(Role::Owner));
    for context in from_places(&own) {
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
    let [here, nowhere] = from_places(&own);
    let alone = facts(std::slice::from_ref(&own));
    written(narrowed(&alone, "192.0.2.0/24", &here));
    assert_eq!(narrowed(&alone, "192.0.2.0/24", &nowhere), LAST_OWNER);
}

/// Who acts for a while, where only its own key is accepted, takes no lasting key away.
#[test]
fn a_lasting_owner_key_of_another_network_stays_too() {
    let lasting = bound(a_key(1, role(Role::Owner)), "198.51.100.0/24");
    let own = expiring(a_key(2, role(Role::Owner)), NOW + 10);
    let facts = facts(&[lasting, own.clone()]);
    for context in from_places(&own) {
        assert_eq!(decide_revoke(&facts, &context), LAST_OWNER);
        written(narrowed(&facts, "203.0.113.0/24", &context));
    }
}
