//! Tests of permissions: every route, with and without a trailing slash, with every kind of key.

use api_actix::{Route, routes};
use serde_json::json;
use testkit::base_time;
use users_domain::model::{AllowedNetworks, ApiKey, KeyKind, Network, Role};
use users_domain::ports::KeyStore as _;
use users_domain::rules::role_matrix;

use crate::support::{Api, Reply, run_tasks};
use crate::webhooks::UNKNOWN_ID;

const NO_KEY: &str = "You must be authenticated with a valid access token to access this endpoint.";
const INVALID_KEY: &str = "Invalid API Key.";
const NO_PERMISSION: &str = "You do not have permission to perform this action.";

/// The path of a route for the user `ada`, who has this id, and a resource with this uuid. Other ids are unknown.
pub(crate) fn path_of(route: &Route, user: &str, uuid: &str) -> String {
    let path = route.path.replace("{vendor_data}", "ada").replace("{didit_internal_id}", user);
    let path = path.replace("{uuid}", uuid).replace("{asset}", "swagger-ui.css");
    path.replace("{delivery_uuid}", UNKNOWN_ID).replace("{recovery_uuid}", UNKNOWN_ID)
}

/// The path of a route without and with a trailing slash, for the user `ada` and unknown ids.
pub(crate) fn forms(route: &Route) -> [String; 2] {
    let path = path_of(route, UNKNOWN_ID, UNKNOWN_ID);
    match path.trim_end_matches('/') {
        "" => [path.clone(), path],
        bare => [bare.to_owned(), format!("{bare}/")],
    }
}

async fn call(api: &Api, route: &Route, uri: &str, key: Option<&str>) -> Reply {
    let mut call = api.anonymous(route.method.as_str(), uri);
    if let Some(key) = key {
        call = call.header("x-api-key", key);
    }
    if route.method != "GET" {
        call = call.json(&json!({}));
    }
    call.send().await
}

/// Every kind of rejected key, with the error detail.
async fn rejected_keys(api: &Api) -> [(&'static str, Option<String>, &'static str); 8] {
    let changed = |change: fn(&mut ApiKey)| {
        api.key_with(&api.application, KeyKind::Role(Role::Owner), change)
    };
    let expired = changed(|key| key.expires_at = Some(base_time())).await;
    let revoked = changed(|key| key.revoked_at = Some(base_time())).await;
    let elsewhere = changed(|key| {
        let network = Network::parse("192.0.2.0/24").unwrap();
        key.allowed_ips = AllowedNetworks::new([network]).unwrap();
    });
    [
        ("none", None, NO_KEY),
        ("empty", Some(String::new()), NO_KEY),
        ("malformed", Some("secret".to_owned()), INVALID_KEY),
        ("with a prefix", Some(format!("Bearer {}", api.owner)), INVALID_KEY),
        ("unknown", Some(format!("sk_live_{}", "A".repeat(43))), INVALID_KEY),
        ("expired", Some(expired), INVALID_KEY),
        ("outside of its networks", Some(elsewhere.await), INVALID_KEY),
        ("revoked", Some(revoked), INVALID_KEY),
    ]
}

#[actix_web::test]
async fn a_rejected_key_permits_no_operation() {
    let api = Api::new().await;
    for (state, key, detail) in rejected_keys(&api).await {
        for route in routes().filter(|route| route.operation().is_some()) {
            for uri in forms(route) {
                let reply = call(&api, route, &uri, key.as_deref()).await;
                let context = format!("{} {uri} with {state} key", route.method);
                assert_eq!(reply.status, 401, "{context}");
                assert_eq!(reply.json(), json!({ "detail": detail }), "{context}");
            }
        }
    }
}

#[actix_web::test]
async fn a_key_permits_exactly_the_operations_of_the_matrix() {
    let api = Api::new().await;
    api.user("ada").await;
    let roles = Role::ALL.map(KeyKind::Role);
    for kind in roles.into_iter().chain([KeyKind::Service]) {
        let key = api.key(kind).await;
        for route in routes() {
            let Some(operation) = route.operation() else {
                continue;
            };
            let permitted = role_matrix::permits(kind, operation);
            if matches!(kind, KeyKind::Service | KeyKind::Role(Role::Owner)) {
                let internal = route.path.starts_with("/internal/v1/");
                assert_eq!(permitted, internal == (kind == KeyKind::Service), "{}", route.path);
            }
            for uri in forms(route) {
                let reply = call(&api, route, &uri, Some(&key)).await;
                let context = format!("{} {uri} as {kind:?}: {}", route.method, reply.body);
                if permitted {
                    // A permitted key may get an error: the body is empty, and some ids are unknown.
                    assert!([200, 204, 400, 404].contains(&reply.status.as_u16()), "{context}");
                } else {
                    assert_eq!(reply.status, 403, "{context}");
                    assert_eq!(reply.json(), json!({ "detail": NO_PERMISSION }), "{context}");
                }
            }
        }
    }
}

#[actix_web::test]
async fn public_routes_need_no_key_and_ignore_any_key() {
    let api = Api::new().await;
    for route in routes().filter(|route| route.operation().is_none()) {
        for uri in forms(route) {
            for key in [None, Some("nonsense")] {
                let reply = call(&api, route, &uri, key).await;
                let expected = if uri == "/" { 303 } else { 200 };
                assert_eq!(reply.status, expected, "{uri}: {}", reply.body);
            }
        }
    }
}

#[actix_web::test]
async fn an_unknown_path_is_reported_only_to_valid_keys() {
    let api = Api::new().await;
    for uri in ["/nothing", "/v3/", "/v3/users/ada/nothing/", "/v3/users//", "/internal/v1/"] {
        let reply = api.anonymous("GET", uri).send().await;
        reply.assert(401, &json!({ "detail": NO_KEY }));
        api.get(uri).await.assert(404, &json!({ "detail": "Not found." }));
    }
}

#[actix_web::test]
async fn an_unknown_method_is_refused_with_the_allowed_methods() {
    let api = Api::new().await;
    let reply = api.anonymous("DELETE", "/v3/users/ada/").send().await;
    reply.assert(401, &json!({ "detail": NO_KEY }));
    for (method, uri, allow) in [
        ("DELETE", "/v3/users/ada/", "GET, HEAD, PATCH"),
        ("OPTIONS", "/v3/users/ada/", "GET, HEAD, PATCH"),
        ("POST", "/v3/users/", "GET, HEAD"),
        ("GET", "/v3/users/create/", "POST"),
        ("PUT", "/v3/users/ada/update-status", "PATCH"),
        ("GET", "/internal/v1/session-events/", "POST"),
        ("POST", "/internal/v1/enforcement/ada/", "GET, HEAD"),
        ("TRACE", "/healthz", "GET, HEAD"),
    ] {
        let reply = api.call(method, uri).send().await;
        reply.assert(405, &json!({ "detail": "Method not allowed." }));
        assert_eq!(reply.header("allow"), Some(allow), "{method} {uri}");
    }
    let reply = api.anonymous("POST", "/readyz").send().await;
    assert_eq!(reply.status, 405);
}

#[actix_web::test]
async fn two_key_headers_are_refused() {
    let api = Api::new().await;
    let call = api.call("GET", "/v3/users/").header("x-api-key", &api.owner);
    call.send().await.assert(401, &json!({ "detail": INVALID_KEY }));
}

#[actix_web::test]
async fn the_use_of_a_key_is_recorded_once_a_minute() {
    let api = Api::new().await;
    let last_used = || async {
        let keys = api.store.list(api.application.id, base_time());
        keys.await.unwrap()[0].last_used_at
    };
    assert_eq!(last_used().await, None);
    let used = async || {
        api.get("/v3/users/").await;
        run_tasks().await;
        last_used().await.unwrap()
    };
    let first = used().await;
    assert_eq!(used().await, first);
    api.clock.advance(60_000_000);
    assert!(used().await > first);
}
