//! Tests of keys that are accepted from certain networks only.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use users_domain::model::{AllowedNetworks, KeyKind, Network, Role};

use crate::support::{Api, Reply};

async fn bound_key(api: &Api, networks: &[&str]) -> String {
    let networks = networks.iter().map(|text| Network::parse(text).unwrap());
    let networks = AllowedNetworks::new(networks).unwrap();
    let bind = |key: &mut users_domain::model::ApiKey| key.allowed_ips = networks;
    api.key_with(&api.application, KeyKind::Role(Role::Reader), bind).await
}

async fn list(api: &Api, key: &str, peer: &str, forwarded: &str) -> Reply {
    let call = api.anonymous("GET", "/v3/users/").from(peer);
    let call = call.header("x-api-key", key);
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
        }
    }
}

#[actix_web::test]
async fn only_trusted_proxies_set_the_client_address() {
    let api = Api::with(|ports| {
        ports.settings.trusts_proxy = Arc::new(|peer| peer.is_loopback());
    })
    .await;
    let key = bound_key(&api, &["192.0.2.0/24"]).await;
    let proxy_key = bound_key(&api, &["127.0.0.0/8"]).await;
    let v6 = bound_key(&api, &["2001:db8::/32"]).await;
    for (peer, forwarded, statuses) in [
        ("127.0.0.1", "2001:db8::7", [401, 401, 200]),
        ("127.0.0.1", "[2001:db8::7]:443", [401, 401, 200]),
        ("::ffff:127.0.0.1", "::ffff:192.0.2.7", [200, 401, 401]),
        ("127.0.0.1", "192.0.2.7:1234", [200, 401, 401]),
        ("127.0.0.1", "unknown", [401; 3]),
        ("127.0.0.1", "_hidden", [401; 3]),
        ("127.0.0.1", "nonsense", [401; 3]),
        ("127.0.0.1", "127.0.0.1", [401, 200, 401]),
    ] {
        for (key, status) in [&key, &proxy_key, &v6].into_iter().zip(statuses) {
            let reply = list(&api, key, peer, forwarded).await;
            assert_eq!(reply.status, status, "{forwarded} by {peer}");
        }
    }
    for (peer, forwarded, status) in [
        ("127.0.0.1", "192.0.2.1", 200),
        ("127.0.0.1", "192.0.2.1, 198.51.100.1", 401),
        ("127.0.0.1", "unknown", 401),
        ("198.51.100.1", "192.0.2.1", 401),
        ("192.0.2.1", "198.51.100.1", 200),
    ] {
        let reply = list(&api, &key, peer, forwarded).await;
        assert_eq!(reply.status, status, "{forwarded} by {peer}");
    }
}

#[actix_web::test]
async fn the_address_of_a_proxy_is_not_used_as_the_client_address() {
    let api = Api::with(|ports| {
        ports.settings.trusts_proxy = Arc::new(|peer| peer.is_loopback());
    })
    .await;
    let proxy_key = bound_key(&api, &["127.0.0.0/8"]).await;
    for (key, status) in [(&proxy_key, 401), (&api.owner, 200)] {
        let call = api.anonymous("GET", "/v3/users/").from("127.0.0.1");
        // The proxies set `x-forwarded-for`, so this header comes from the client.
        let call = call.header("forwarded", "for=127.0.0.1");
        let reply = call.header("x-api-key", key).send().await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
}

#[actix_web::test]
async fn a_key_without_networks_is_accepted_from_anywhere() {
    let api = Api::new().await;
    for peer in ["127.0.0.1", "203.0.113.9", "2001:db8::1"] {
        assert_eq!(list(&api, &api.owner, peer, "").await.status, 200);
    }
    let key = bound_key(&api, &["192.0.2.0/24"]).await;
    let without_address = api.anonymous("GET", "/v3/users/").header("x-api-key", &key);
    assert_eq!(without_address.send().await.status, 401);
}

#[actix_web::test]
async fn a_use_from_another_network_is_not_recorded() {
    let api = Api::new().await;
    let key = bound_key(&api, &["192.0.2.0/24"]).await;
    let digest = users_domain::model::ApiKeySecret::parse(&key).unwrap();
    let last_used_at = || async {
        let keys: &dyn users_domain::ports::KeyStore = &*api.store;
        let grant = keys.find(digest.digest()).await.unwrap().unwrap();
        grant.key.last_used_at
    };
    assert_eq!(list(&api, &key, "198.51.100.1", "").await.status, 401);
    tokio::task::yield_now().await;
    assert_eq!(last_used_at().await, None);
    assert_eq!(list(&api, &key, "192.0.2.1", "").await.status, 200);
    tokio::task::yield_now().await;
    assert!(last_used_at().await.is_some());
}
