//! Tests of keys that are accepted from certain networks only.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use users_domain::model::{AllowedNetworks, ApiKey, ApiKeySecret, KeyKind, Network, Role};
use users_domain::ports::KeyStore as _;

use crate::support::{Api, Reply, run_tasks};

async fn bound_key(api: &Api, networks: &[&str]) -> String {
    let networks = networks.iter().map(|text| Network::parse(text).unwrap());
    let networks = AllowedNetworks::new(networks).unwrap();
    let bind = |key: &mut ApiKey| key.allowed_ips = networks;
    api.key_with(&api.application, KeyKind::Role(Role::Reader), bind).await
}

async fn list(api: &Api, key: &str, peer: &str, forwarded: &str) -> Reply {
    let call = api.with_key(key, "GET", "/v3/users/").from(peer);
    call.header("x-forwarded-for", forwarded).send().await
}

#[actix_web::test]
async fn a_key_is_rejected_outside_its_networks() {
    for key_cache in [Duration::ZERO, Duration::from_hours(1)] {
        let api = Api::with(|ports| ports.settings.key_cache = key_cache).await;
        let key = bound_key(&api, &["192.0.2.0/24", "2001:db8::/32"]).await;
        let outside = ["198.51.100.1", "2001:db9::1", "::1"];
        let inside = ["192.0.2.255", "::ffff:192.0.2.7", "2001:db8:1::1"];
        for peer in outside.iter().chain(&inside).chain(&outside) {
            let reply = list(&api, &key, peer, "192.0.2.1").await;
            if inside.contains(peer) {
                assert_eq!(reply.status, 200, "{peer}");
            } else {
                reply.assert(401, &json!({"detail": "Invalid API Key."}));
            }
            assert_eq!(list(&api, &api.owner, peer, "").await.status, 200, "no networks");
        }
        let without_address = api.with_key(&key, "GET", "/v3/users/").send().await;
        assert_eq!(without_address.status, 401);
    }
}

/// The unit tests of `client_address` contain all forms of an address.
#[actix_web::test]
async fn only_trusted_proxies_set_the_client_address() {
    let api = Api::with(|ports| {
        ports.settings.trusts_proxy = Arc::new(|peer| peer.is_loopback());
    })
    .await;
    let keys = [
        bound_key(&api, &["192.0.2.0/24"]).await,
        bound_key(&api, &["127.0.0.0/8"]).await,
        bound_key(&api, &["2001:db8::/32"]).await,
    ];
    for (peer, forwarded, statuses) in [
        ("127.0.0.1", "[2001:db8::7]:443", [401, 401, 200]),
        ("::ffff:127.0.0.1", "::ffff:192.0.2.7", [200, 401, 401]),
        ("127.0.0.1", "192.0.2.7:1234", [200, 401, 401]),
        ("127.0.0.1", "192.0.2.1, 198.51.100.1", [401; 3]),
        ("127.0.0.1", "unknown", [401; 3]),
        ("127.0.0.1", "nonsense", [401; 3]),
        ("127.0.0.1", "127.0.0.1", [401, 200, 401]),
        ("198.51.100.1", "192.0.2.1", [401; 3]),
        ("192.0.2.1", "198.51.100.1", [200, 401, 401]),
    ] {
        for (key, status) in keys.iter().zip(statuses) {
            let reply = list(&api, key, peer, forwarded).await;
            assert_eq!(reply.status, status, "{forwarded} by {peer}");
        }
    }
    // The proxies set `x-forwarded-for`, so this header comes from the client. The address of a proxy is not used.
    for (key, status) in [(&keys[1], 401), (&api.owner, 200)] {
        let call = api.with_key(key, "GET", "/v3/users/").from("127.0.0.1");
        let reply = call.header("forwarded", "for=127.0.0.1").send().await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
}

#[actix_web::test]
async fn a_use_from_another_network_is_not_recorded() {
    let api = Api::new().await;
    let key = bound_key(&api, &["192.0.2.0/24"]).await;
    let digest = ApiKeySecret::parse(&key).unwrap().digest();
    for (peer, status) in [("198.51.100.1", 401), ("192.0.2.1", 200)] {
        assert_eq!(list(&api, &key, peer, "").await.status, status);
        run_tasks().await;
        let grant = api.store.find(digest).await.unwrap().unwrap();
        assert_eq!(grant.key.last_used_at.is_some(), status == 200, "{peer}");
    }
}
