//! What comes without a valid key.

use std::sync::Arc;

use api_actix::{ROUTES, Route};
use serde_json::json;
use users_domain::ports::{MockKeyStore, StoreError};

use crate::access::forms;

use super::{CREATE, LIMITS, LIST, NO_KEY, exceeded, limited, limited_with, told};

#[actix_web::test]
async fn attempts_without_a_valid_key_are_limited_by_address() {
    let api = limited(LIMITS).await;
    let unknown = format!("sk_live_{}", "A".repeat(43));
    let attempt = |address: &'static str, key: Option<&str>| {
        let call = api.anonymous("POST", CREATE).from(address);
        match key {
            Some(key) => call.header("x-api-key", key).send(),
            None => call.send(),
        }
    };
    let first = attempt("192.0.2.1", None).await;
    first.assert(401, &json!({ "detail": NO_KEY }));
    assert_eq!(
        told(&first)[..2],
        [
            "\"unauthenticated\";q=2;w=60",
            "\"unauthenticated\";r=1;t=60"
        ]
    );
    let second = attempt("192.0.2.1", Some(&unknown)).await;
    second.assert(401, &json!({"detail": "Invalid API Key."}));
    for key in [None, Some("malformed"), Some(unknown.as_str())] {
        let refused = attempt("192.0.2.1", key).await;
        refused.assert(429, &exceeded("Unauthenticated", 2));
        assert_eq!(refused.header("retry-after"), Some("60"));
        assert_eq!(refused.header("www-authenticate"), None);
    }

    // Others are not refused for it, nor is a valid key from there.
    assert_eq!(attempt("192.0.2.2", None).await.status, 401);
    let valid = api.call("GET", LIST).from("192.0.2.1").send().await;
    assert_eq!(valid.status, 200);
    assert_eq!(valid.header("x-ratelimit-limit"), Some("3"));
    api.seconds_pass(60);
    assert_eq!(attempt("192.0.2.1", None).await.status, 401);
}

#[actix_web::test]
async fn the_address_is_what_trusted_proxies_say_and_nobody_else() {
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
        // What a stranger says of itself gives it no other count.
        assert_eq!(attempt("192.0.2.9", "192.0.2.7").await.status, 401);
    }
    assert_eq!(attempt("10.0.0.1", "192.0.2.1").await.status, 429);
    assert_eq!(attempt("10.0.0.1", "192.0.2.2").await.status, 401);
    assert_eq!(attempt("192.0.2.9", "192.0.2.8").await.status, 429);
    // Nor does what it forwards for another count for that one.
    assert_eq!(attempt("10.0.0.1", "192.0.2.7").await.status, 401);
}

#[actix_web::test]
async fn addresses_of_one_network_of_ipv6_are_one_client() {
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

/// Nobody is told to have a wrong key, or counted for it, while keys cannot be looked up.
#[actix_web::test]
async fn keys_that_cannot_be_looked_up_count_for_nobody() {
    let api = limited_with(LIMITS, |ports| {
        let mut keys = MockKeyStore::new();
        keys.expect_find().returning(|_| {
            Err(StoreError::Unavailable {
                reason: "away".to_owned(),
            })
        });
        keys.expect_add().returning(|_, _| Ok(true));
        ports.keys = Arc::new(keys);
    })
    .await;
    for _ in 0..5 {
        let reply = api.call("GET", LIST).from("192.0.2.1").send().await;
        assert_eq!((reply.status.as_u16(), told(&reply)), (503, vec![]));
    }
    let anonymous = api.anonymous("GET", LIST).from("192.0.2.1").send().await;
    assert_eq!(anonymous.header("x-ratelimit-remaining"), Some("1"));
}

#[actix_web::test]
async fn routes_without_a_key_are_limited_by_address_and_for_themselves() {
    let api = limited(LIMITS).await;
    let public = || ROUTES.iter().filter(|route| route.operation().is_none());
    let ask = |route: &Route, address: &'static str| {
        let [path, _] = forms(route);
        api.anonymous("GET", &path).from(address).send()
    };
    for route in public() {
        for admitted in [true, true, true, false] {
            let reply = ask(route, "192.0.2.1").await;
            if admitted {
                assert!(reply.status.as_u16() < 400, "{}", route.path);
            } else {
                reply.assert(429, &exceeded("Public", 3));
                assert_eq!(reply.header("retry-after"), Some("60"));
            }
        }
        // Others are not refused for it, nor is a request with a key, nor one without a valid key.
        assert!(ask(route, "192.0.2.2").await.status.as_u16() < 400);
        let valid = api.call("GET", LIST).from("192.0.2.1").send().await;
        assert_eq!(valid.status, 200);
        let stranger = api.anonymous("GET", LIST).from("192.0.2.1").send().await;
        assert_eq!(stranger.status, 401);
        api.seconds_pass(60);
    }
}
