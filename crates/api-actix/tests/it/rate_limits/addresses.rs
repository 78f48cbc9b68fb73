//! Rate limits of requests without a valid key.

use std::sync::Arc;

use api_actix::{Route, routes};
use serde_json::json;
use users_domain::ports::MockKeyStore;

use crate::access::forms;
use crate::failures::unavailable;

use super::{CREATE, LIMITS, LIST, NO_KEY, exceeded, limit_headers, limited, limited_with};

#[actix_web::test]
async fn attempts_without_a_valid_key_are_limited_by_address() {
    let api = limited(LIMITS).await;
    let unknown = format!("sk_live_{}", "A".repeat(43));
    let attempt = |address, key: Option<&str>| {
        let call = api.anonymous("POST", CREATE).from(address);
        key.map_or(call.clone(), |key| call.header("x-api-key", key)).send()
    };
    let first = attempt("192.0.2.1", None).await;
    first.assert(401, &json!({ "detail": NO_KEY }));
    assert_eq!(
        limit_headers(&first)[..2],
        ["\"unauthenticated\";q=2;w=60", "\"unauthenticated\";r=1;t=60"]
    );
    let second = attempt("192.0.2.1", Some(&unknown)).await;
    second.assert(401, &json!({"detail": "Invalid API Key."}));
    for key in [None, Some("malformed"), Some(unknown.as_str())] {
        let refused = attempt("192.0.2.1", key).await;
        refused.assert(429, &exceeded("Unauthenticated", 2));
        assert_eq!(refused.header("retry-after"), Some("60"));
        assert_eq!(refused.header("www-authenticate"), None);
    }

    // Other addresses, and a valid key from this address, are still admitted.
    assert_eq!(attempt("192.0.2.2", None).await.status, 401);
    let valid = api.call("GET", LIST).from("192.0.2.1").send().await;
    assert_eq!(valid.status, 200);
    assert_eq!(valid.header("x-ratelimit-limit"), Some("3"));
    api.seconds_pass(60);
    assert_eq!(attempt("192.0.2.1", None).await.status, 401);
}

#[actix_web::test]
async fn only_trusted_proxies_can_report_the_client_address() {
    let api = limited_with(LIMITS, |ports| {
        ports.settings.trusts_proxy = Arc::new(|peer| peer.to_string() == "10.0.0.1");
    })
    .await;
    let attempt = |peer: &'static str, client: &'static str| {
        let call = api.anonymous("GET", LIST).from(peer);
        call.header("x-forwarded-for", client).send()
    };
    for _ in 0..2 {
        assert_eq!(attempt("10.0.0.1", "192.0.2.1").await.status, 401);
        // An untrusted peer cannot switch to another count.
        assert_eq!(attempt("192.0.2.9", "192.0.2.7").await.status, 401);
    }
    assert_eq!(attempt("10.0.0.1", "192.0.2.1").await.status, 429);
    assert_eq!(attempt("10.0.0.1", "192.0.2.2").await.status, 401);
    assert_eq!(attempt("192.0.2.9", "192.0.2.8").await.status, 429);
    // Its requests do not count for the address that it reported either.
    assert_eq!(attempt("10.0.0.1", "192.0.2.7").await.status, 401);
}

#[actix_web::test]
async fn addresses_of_one_ipv6_network_share_a_count() {
    let api = limited(LIMITS).await;
    for (address, status) in [
        ("2001:db8:0:1::1", 401),
        ("2001:db8:0:1::2", 401),
        ("2001:db8:0:1:ffff::3", 429),
        ("2001:db8:0:2::1", 401),
    ] {
        let reply = api.anonymous("GET", LIST).from(address).send().await;
        assert_eq!(reply.status, status, "{address}");
    }
}

/// While keys cannot be looked up, requests are neither rejected as unauthenticated nor counted.
#[actix_web::test]
async fn requests_whose_key_cannot_be_looked_up_are_not_counted() {
    let api = limited_with(LIMITS, |ports| {
        let mut keys = MockKeyStore::new();
        keys.expect_find().returning(|_| Err(unavailable()));
        keys.expect_add().returning(|_, _| Ok(true));
        ports.keys = Arc::new(keys);
    })
    .await;
    for _ in 0..5 {
        let reply = api.call("GET", LIST).from("192.0.2.1").send().await;
        assert_eq!((reply.status.as_u16(), limit_headers(&reply)), (503, vec![]));
    }
    let anonymous = api.anonymous("GET", LIST).from("192.0.2.1").send().await;
    assert_eq!(anonymous.header("x-ratelimit-remaining"), Some("1"));
}

#[actix_web::test]
async fn public_routes_are_limited_by_address_with_their_own_count() {
    let api = limited(LIMITS).await;
    let public = || routes().filter(|route| route.operation().is_none());
    let send = |route: &Route, address: &'static str| {
        let [path, _] = forms(route);
        api.anonymous("GET", &path).from(address).send()
    };
    for route in public() {
        for admitted in [true, true, true, false] {
            let reply = send(route, "192.0.2.1").await;
            if admitted {
                assert!(reply.status.as_u16() < 400, "{}", route.path);
            } else {
                reply.assert(429, &exceeded("Public", 3));
                assert_eq!(reply.header("retry-after"), Some("60"));
            }
        }
        // Other addresses, and requests to other routes with and without a valid key, are still admitted.
        assert!(send(route, "192.0.2.2").await.status.as_u16() < 400);
        let valid = api.call("GET", LIST).from("192.0.2.1").send().await;
        assert_eq!(valid.status, 200);
        let anonymous = api.anonymous("GET", LIST).from("192.0.2.1").send().await;
        assert_eq!(anonymous.status, 401);
        api.seconds_pass(60);
    }
}
