//! Tests of requests whose ports fail.

use std::sync::Arc;

use serde_json::{Value, json};
use users_domain::model::webhooks::SealedSecret;
use users_domain::ports::{
    MockAttemptLog, MockDestinationStore, MockKeyStore, MockReadiness, MockRecoveryStore,
    MockSecretVault, MockUserReader, MockUserStore, StoreError, VaultError, WriteError,
};

use crate::support::{Api, Ports, Reply};
use crate::webhooks::{UNKNOWN_ID, URI, path};

pub(crate) fn unavailable() -> StoreError {
    StoreError::Unavailable { reason: "connection refused".to_owned() }
}

fn internal() -> Value {
    json!({"detail": "The service failed to answer this request."})
}

#[track_caller]
pub(crate) fn assert_unavailable(reply: &Reply) {
    let detail = "The service is not available for the moment. Try again.";
    reply.assert(503, &json!({ "detail": detail }));
    assert_eq!(reply.header("retry-after"), Some("1"));
}

/// Makes all reads and writes of users fail.
fn unreachable_users(ports: &mut Ports) {
    let mut store = MockUserStore::new();
    store.expect_commit().returning(|_, _| Err(unavailable()));
    let mut reader = MockUserReader::new();
    reader.expect_find().returning(|_, _| Err(unavailable()));
    reader.expect_list().returning(|_, _| Err(unavailable()));
    reader.expect_ids_made_by().returning(|_, _, _, _| Err(unavailable()));
    ports.users = Arc::new(store);
    ports.reader = Arc::new(reader);
}

/// Makes all reads and writes of destinations fail.
fn unreachable_destinations(ports: &mut Ports) {
    let mut destinations = MockDestinationStore::new();
    destinations.expect_add().returning(|_, _| Err(unavailable().into()));
    destinations.expect_list().returning(|_| Err(unavailable()));
    destinations.expect_find().returning(|_, _| Err(unavailable()));
    destinations.expect_change().returning(|_, _, _, _| Err(unavailable().into()));
    destinations.expect_remove().returning(|_, _| Err(unavailable()));
    destinations.expect_rotate_secret().returning(|_, _, _, _| Err(unavailable()));
    destinations.expect_signing_target().returning(|_, _| Err(unavailable()));
    let mut attempts = MockAttemptLog::new();
    attempts.expect_list().returning(|_, _, _| Err(unavailable()));
    attempts.expect_find().returning(|_, _, _| Err(unavailable()));
    let mut recoveries = MockRecoveryStore::new();
    recoveries.expect_start().returning(|_| Err(unavailable()));
    recoveries.expect_find().returning(|_, _, _| Err(unavailable()));
    ports.webhooks.destinations = Arc::new(destinations);
    ports.webhooks.attempts = Arc::new(attempts);
    ports.webhooks.recoveries = Arc::new(recoveries);
}

/// The calls of the API of users. Null is no body.
fn calls() -> [(&'static str, &'static str, Value); 8] {
    [
        ("GET", "/v3/users/", Value::Null),
        ("GET", "/v3/users/ada/", Value::Null),
        ("POST", "/v3/users/create/", json!({"vendor_data": "ada"})),
        ("PATCH", "/v3/users/ada/", json!({"display_name": "x"})),
        ("PATCH", "/v3/users/ada/", json!({"display_name": 1})),
        ("PATCH", "/v3/users/ada/update-status/", json!({"status": "BLOCKED"})),
        ("POST", "/v3/users/delete/", json!({"vendor_data_list": ["ada"]})),
        ("POST", "/v3/users/delete/", json!({"delete_all": true})),
    ]
}

async fn send(api: &Api, method: &str, uri: &str, body: &Value) -> Reply {
    let call = api.call(method, uri);
    if body.is_null() { call.send().await } else { call.json(body).send().await }
}

#[actix_web::test]
async fn an_unavailable_store_returns_503_and_nothing_is_written() {
    let api = Api::with(unreachable_users).await;
    for (method, uri, body) in calls() {
        assert_unavailable(&send(&api, method, uri, &body).await);
    }
    assert_eq!(api.traces(), (0, 0));
}

#[actix_web::test]
async fn a_slow_list_names_the_filter_to_narrow() {
    let api = Api::with(|ports| {
        let mut reader = MockUserReader::new();
        reader.expect_list().returning(|_, _| Err(StoreError::TooSlow));
        ports.reader = Arc::new(reader);
    })
    .await;
    let by_offset = json!({"offset": [
        "Users so far down the list cannot be reached in time by offset. Follow next, or pass its cursor."
    ]});
    let by_search = json!({"search": [
        "This search takes too long. Use a longer text, or combine it with other filters."
    ]});
    let in_general = json!({
        "detail": "This request takes too long. Narrow it with filters or a shorter time range."
    });
    for (query, body) in [
        ("offset=1000", &by_offset),
        ("search=ab&offset=1", &by_offset),
        ("search=ab&offset=0", &by_search),
        ("search=ab&count=exact", &by_search),
        ("tag=vip&count=exact", &in_general),
        ("", &in_general),
    ] {
        api.get(&format!("/v3/users/?{query}")).await.assert(400, body);
    }
}

#[actix_web::test]
async fn a_failed_key_look_up_returns_503_instead_of_401() {
    let api = Api::with(|ports| {
        let mut keys = MockKeyStore::new();
        keys.expect_find().returning(|_| Err(unavailable()));
        // A mock panics if a handler is reached.
        ports.users = Arc::new(MockUserStore::new());
        ports.reader = Arc::new(MockUserReader::new());
        ports.keys = Arc::new(keys);
    })
    .await;
    for (method, uri, body) in calls() {
        assert_unavailable(&send(&api, method, uri, &body).await);
    }
    assert_eq!(api.anonymous("GET", "/v3/users/").send().await.status, 401);
}

#[actix_web::test]
async fn unavailable_destinations_return_503() {
    let api = Api::with(unreachable_destinations).await;
    let at = |rest: &str| format!("{URI}{UNKNOWN_ID}/{rest}");
    let new = json!({"label": "x", "url": "https://example.org/"});
    for (method, uri, body) in [
        ("GET", URI.to_owned(), Value::Null),
        ("POST", URI.to_owned(), new),
        ("GET", at(""), Value::Null),
        ("PATCH", at(""), json!({"label": "x"})),
        ("PATCH", at(""), json!({"label": 1})),
        ("DELETE", at(""), Value::Null),
        ("POST", at("rotate-secret/"), Value::Null),
        ("POST", at("test/"), Value::Null),
        ("GET", at("deliveries/"), Value::Null),
        ("GET", at(&format!("deliveries/{UNKNOWN_ID}/")), Value::Null),
        ("POST", at(&format!("deliveries/{UNKNOWN_ID}/resend/")), Value::Null),
        ("POST", at("recover/"), json!({"since": "2026-01-01"})),
        ("GET", at(&format!("recover/{UNKNOWN_ID}/")), Value::Null),
    ] {
        assert_unavailable(&send(&api, method, &uri, &body).await);
    }
    assert!(api.receiver.received().is_empty());
}

#[actix_web::test]
async fn a_secret_that_cannot_be_decrypted_returns_500_and_nothing_is_sent() {
    let api = Api::with(|ports| {
        let mut vault = MockSecretVault::new();
        vault.expect_seal().returning(|_, _| Ok(SealedSecret::from_bytes(vec![1])));
        vault.expect_open().returning(|_, _| Err(VaultError::NotOurs));
        ports.webhooks.vault = Arc::new(vault);
    })
    .await;
    let created = api.destination("https://example.org/").await;
    let reply = api.call("POST", &path(&created, "test/")).send().await;
    reply.assert(500, &internal());
    assert!(api.receiver.received().is_empty());
}

#[actix_web::test]
async fn contention_returns_503() {
    let api = Api::with(|ports| {
        let mut store = MockUserStore::new();
        store.expect_commit().returning(|_, mutations| {
            Ok(mutations.iter().map(|_| Err(WriteError::Contended)).collect())
        });
        ports.users = Arc::new(store);
    })
    .await;
    for (method, uri, body) in &calls()[2..7] {
        // Errors of fields need no write.
        if body["display_name"] != 1 {
            assert_unavailable(&send(&api, method, uri, body).await);
        }
    }
}

#[actix_web::test]
async fn a_panicking_handler_returns_500() {
    let api = Api::with(|ports| {
        let mut reader = MockUserReader::new();
        reader.expect_find().returning(|_, _| panic!("a defect"));
        ports.reader = Arc::new(reader);
    })
    .await;
    api.get("/v3/users/ada/").await.assert(500, &internal());
    assert_eq!(api.get("/healthz").await.status, 200);
}

#[actix_web::test]
async fn readiness_reports_the_state_of_the_store() {
    let api = Api::with(|ports| {
        let mut readiness = MockReadiness::new();
        readiness.expect_check().returning(|| Err(unavailable()));
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
