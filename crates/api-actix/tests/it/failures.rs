//! What becomes of a request when a port fails.

use std::sync::Arc;

use serde_json::json;
use users_domain::model::ListUsers;
use users_domain::model::webhooks::SealedSecret;
use users_domain::ports::{
    MockAttemptLog, MockDestinationStore, MockKeyStore, MockReadiness, MockRecoveryStore,
    MockSecretVault, MockUserReader, MockUserStore, StoreError, VaultError, WriteError,
};

use crate::support::{Api, Ports, Reply};
use crate::webhooks::{NOBODY, URI, path};

fn away() -> StoreError {
    StoreError::Unavailable {
        reason: "connection refused".to_owned(),
    }
}

#[track_caller]
fn assert_unavailable(reply: &Reply) {
    let detail = "The service is not available for the moment. Try again.";
    reply.assert(503, &json!({ "detail": detail }));
    assert_eq!(reply.header("retry-after"), Some("1"));
}

/// Reads nothing and writes nothing.
fn unreachable_users(ports: &mut Ports) {
    let mut store = MockUserStore::new();
    store.expect_commit().returning(|_, _| Err(away()));
    let mut reader = MockUserReader::new();
    reader.expect_find().returning(|_, _| Err(away()));
    reader.expect_list().returning(|_, _| Err(away()));
    reader
        .expect_ids_made_by()
        .returning(|_, _, _, _| Err(away()));
    ports.users = Arc::new(store);
    ports.reader = Arc::new(reader);
}

/// The same for destinations.
fn unreachable_destinations(ports: &mut Ports) {
    let mut destinations = MockDestinationStore::new();
    destinations
        .expect_add()
        .returning(|_, _| Err(away().into()));
    destinations.expect_list().returning(|_| Err(away()));
    destinations.expect_find().returning(|_, _| Err(away()));
    destinations
        .expect_change()
        .returning(|_, _, _, _| Err(away().into()));
    destinations.expect_remove().returning(|_, _| Err(away()));
    destinations
        .expect_rotate_secret()
        .returning(|_, _, _, _| Err(away()));
    destinations
        .expect_signing_target()
        .returning(|_, _| Err(away()));
    let mut attempts = MockAttemptLog::new();
    attempts.expect_list().returning(|_, _, _| Err(away()));
    attempts.expect_find().returning(|_, _, _| Err(away()));
    let mut recoveries = MockRecoveryStore::new();
    recoveries.expect_start().returning(|_| Err(away()));
    recoveries.expect_find().returning(|_, _, _| Err(away()));
    ports.webhooks.destinations = Arc::new(destinations);
    ports.webhooks.attempts = Arc::new(attempts);
    ports.webhooks.recoveries = Arc::new(recoveries);
}

const CALLS: [(&str, &str, Option<&str>); 8] = [
    ("GET", "/v3/users/", None),
    ("GET", "/v3/users/ada/", None),
    (
        "POST",
        "/v3/users/create/",
        Some("{\"vendor_data\":\"ada\"}"),
    ),
    ("PATCH", "/v3/users/ada/", Some("{\"display_name\":\"x\"}")),
    ("PATCH", "/v3/users/ada/", Some("{\"display_name\":1}")),
    (
        "PATCH",
        "/v3/users/ada/update-status/",
        Some("{\"status\":\"BLOCKED\"}"),
    ),
    (
        "POST",
        "/v3/users/delete/",
        Some("{\"vendor_data_list\":[\"ada\"]}"),
    ),
    ("POST", "/v3/users/delete/", Some("{\"delete_all\":true}")),
];

async fn send(api: &Api, (method, uri, body): (&str, &str, Option<&str>)) -> Reply {
    let call = api.call(method, uri);
    match body {
        Some(body) => call.text(body).send().await,
        None => call.send().await,
    }
}

#[actix_web::test]
async fn a_store_that_is_away_is_a_503_and_nothing_is_written() {
    let api = Api::with(unreachable_users).await;
    for call in CALLS {
        assert_unavailable(&send(&api, call).await);
    }
    assert_eq!(api.traces(), (0, 0));
}

#[actix_web::test]
async fn a_list_that_takes_too_long_says_what_to_narrow() {
    let api = Api::with(|ports| {
        let mut reader = MockUserReader::new();
        let too_slow = |_, _: &ListUsers| Err(StoreError::TooSlow);
        reader.expect_list().returning(too_slow);
        ports.reader = Arc::new(reader);
    })
    .await;
    let by_offset = json!({"offset": [
        "Users so far down the list cannot be reached in time by offset. Follow next, or pass its cursor."
    ]});
    let by_search = json!({"search": [
        "This takes too long to find. Use a longer text, or combine it with other filters."
    ]});
    let in_general = json!({
        "detail": "This takes too long to read. Narrow it with filters or a shorter range of time."
    });
    for (query, body) in [
        ("offset=1000", &by_offset),
        ("search=ab&offset=1", &by_offset),
        ("search=ab&offset=0", &by_search),
        ("search=ab&count=exact", &by_search),
        ("tag=vip&count=exact", &in_general),
        ("", &in_general),
    ] {
        api.get(&format!("/v3/users/?{query}"))
            .await
            .assert(400, body);
    }
}

#[actix_web::test]
async fn a_key_that_cannot_be_looked_up_is_a_503_and_no_401() {
    let api = Api::with(|ports| {
        let mut keys = MockKeyStore::new();
        keys.expect_find().returning(|_| Err(away()));
        // No handler is reached.
        ports.users = Arc::new(MockUserStore::new());
        ports.reader = Arc::new(MockUserReader::new());
        ports.keys = Arc::new(keys);
    })
    .await;
    for call in CALLS {
        assert_unavailable(&send(&api, call).await);
    }
    assert_eq!(api.anonymous("GET", "/v3/users/").send().await.status, 401);
}

#[actix_web::test]
async fn destinations_that_are_away_are_a_503() {
    let api = Api::with(unreachable_destinations).await;
    let at = |rest: &str| format!("{URI}{NOBODY}/{rest}");
    let new = json!({"label": "x", "url": "https://example.org/"}).to_string();
    let since = json!({"since": "2026-01-01"}).to_string();
    for (method, uri, body) in [
        ("GET", URI.to_owned(), None),
        ("POST", URI.to_owned(), Some(new.as_str())),
        ("GET", at(""), None),
        ("PATCH", at(""), Some("{\"label\":\"x\"}")),
        ("PATCH", at(""), Some("{\"label\":1}")),
        ("DELETE", at(""), None),
        ("POST", at("rotate-secret/"), None),
        ("POST", at("test/"), None),
        ("GET", at("deliveries/"), None),
        ("GET", at(&format!("deliveries/{NOBODY}/")), None),
        ("POST", at(&format!("deliveries/{NOBODY}/resend/")), None),
        ("POST", at("recover/"), Some(since.as_str())),
        ("GET", at(&format!("recover/{NOBODY}/")), None),
    ] {
        assert_unavailable(&send(&api, (method, &uri, body)).await);
    }
    assert!(api.receiver.received().is_empty());
}

#[actix_web::test]
async fn a_secret_that_cannot_be_opened_is_a_defect_and_nothing_is_sent() {
    let api = Api::with(|ports| {
        let mut vault = MockSecretVault::new();
        vault
            .expect_seal()
            .returning(|_, _| Ok(SealedSecret::from_bytes(vec![1])));
        vault
            .expect_open()
            .returning(|_, _| Err(VaultError::NotOurs));
        ports.webhooks.vault = Arc::new(vault);
    })
    .await;
    let created = api.destination("https://example.org/").await;
    let reply = api.call("POST", &path(&created, "test/")).send().await;
    let told = "The service failed to answer this request.";
    reply.assert(500, &json!({ "detail": told }));
    assert!(api.receiver.received().is_empty());
}

#[actix_web::test]
async fn contention_is_a_503_too() {
    let api = Api::with(|ports| {
        let mut store = MockUserStore::new();
        store.expect_commit().returning(|_, mutations| {
            Ok(mutations
                .iter()
                .map(|_| Err(WriteError::Contended))
                .collect())
        });
        ports.users = Arc::new(store);
    })
    .await;
    for call in CALLS {
        if call
            .2
            .is_some_and(|body| body.contains("\"x\"") || body.contains("vendor_data"))
        {
            assert_unavailable(&send(&api, call).await);
        }
    }
}

#[actix_web::test]
async fn a_handler_that_panics_still_answers() {
    let api = Api::with(|ports| {
        let mut reader = MockUserReader::new();
        reader.expect_find().returning(|_, _| panic!("a defect"));
        ports.reader = Arc::new(reader);
    })
    .await;
    let reply = api.get("/v3/users/ada/").await;
    reply.assert(
        500,
        &json!({"detail": "The service failed to answer this request."}),
    );
    assert_eq!(api.get("/healthz").await.status, 200);
}

#[actix_web::test]
async fn readiness_is_the_stores() {
    let api = Api::with(|ports| {
        let mut readiness = MockReadiness::new();
        readiness.expect_check().returning(|| Err(away()));
        ports.readiness = Arc::new(readiness);
    })
    .await;
    assert_unavailable(&api.anonymous("GET", "/readyz").send().await);
    let reply = api.anonymous("GET", "/healthz").send().await;
    reply.assert(200, &json!({"status": "ok"}));
    let api = Api::new().await;
    let reply = api.anonymous("GET", "/readyz").send().await;
    reply.assert(200, &json!({"status": "ok"}));
}
