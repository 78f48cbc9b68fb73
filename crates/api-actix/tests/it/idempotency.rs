//! Tests of `Idempotency-Key`: a repeated request returns the stored response.

use std::sync::Arc;

use serde_json::{Value, json};
use users_domain::model::{KeyKind, Role, StoredResponse};
use users_domain::ports::{Answered, MockUserStore};

use crate::support::{Api, Call, Reply};

const CREATE: (&str, &str, &str) = ("POST", "/v3/users/create/", r#"{"vendor_data": "ada"}"#);
const DELETE_ALL: (&str, &str, &str) = ("POST", "/v3/users/delete/", r#"{"delete_all": true}"#);

/// One request of each operation that changes users; all succeed in this order.
const CALLS: [(&str, &str, &str); 6] = [
    ("POST", "/v3/users/create/?utm=x", r#"{"vendor_data": "a/b", "tags": ["vip"], "typo": 1}"#),
    ("PATCH", "/v3/users/a%2Fb/", r#"{"display_name": "Ada", "session_count": 7, "typo": 1}"#),
    // The user already has this name.
    ("PATCH", "/v3/users/a%2Fb/", r#"{"display_name": "Ada"}"#),
    ("PATCH", "/v3/users/a%2Fb/update-status/", r#"{"status": "BLOCKED", "reason": "fraud"}"#),
    ("POST", "/v3/users/delete/", r#"{"vendor_data_list": ["a/b", "nobody"]}"#),
    ("POST", "/v3/users/restore/", r#"{"vendor_data_list": ["a/b", "nobody"]}"#),
];

fn keyed(api: &Api, key: &str, (method, uri, body): (&str, &str, &str)) -> Call {
    api.call(method, uri).header("idempotency-key", key).text(body)
}

/// An update of `ada`.
fn update(api: &Api, key: &str, body: &str) -> Call {
    keyed(api, key, ("PATCH", "/v3/users/ada/", body))
}

/// Whether a response was stored before.
fn is_replay(reply: &Reply) -> bool {
    reply.header("idempotency-replayed").is_some_and(|value| value == "true")
}

/// The stored parts of a response, without the headers that belong to a single request.
fn stored_parts(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let of_the_request = ["x-request-id", "idempotency-replayed"];
    let headers = reply.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let headers = headers.filter(|(name, _)| {
        !of_the_request.contains(&name.as_str()) && !name.contains("ratelimit")
    });
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    (reply.status.as_u16(), headers, reply.body.clone())
}

#[actix_web::test]
async fn a_repeat_returns_the_stored_response_and_changes_nothing() {
    let (api, other) = (Api::new().await, Api::new().await);
    let mut first_replies = Vec::new();
    for (number, call @ (method, uri, body)) in CALLS.into_iter().enumerate() {
        let first = keyed(&api, &number.to_string(), call).send().await;
        assert!(first.status.is_success(), "{call:?}: {}", first.body);
        assert!(!is_replay(&first));
        // Without an idempotency key the response is the same.
        let plain = other.call(method, uri).text(body).send().await;
        let shape = |reply: &Reply| {
            let mut headers: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
            headers.sort();
            let members: Vec<_> = reply.json().as_object().unwrap().keys().cloned().collect();
            (reply.status, headers, members)
        };
        assert_eq!(shape(&plain), shape(&first), "{call:?}");
        first_replies.push(first);
    }
    let traces = api.traces();
    for ((number, call), first) in CALLS.into_iter().enumerate().zip(&first_replies) {
        for _ in 0..2 {
            let again = keyed(&api, &number.to_string(), call).send().await;
            assert!(is_replay(&again));
            assert_eq!(stored_parts(&again), stored_parts(first), "{call:?}");
            let id = |reply: &Reply| reply.header("x-request-id").unwrap().to_owned();
            assert_ne!(id(&again), id(first), "each request has its own id");
        }
    }
    assert_eq!(api.traces(), traces);
    let headers = |number: usize, name| first_replies[number].header(name);
    assert_eq!(headers(0, "location"), Some("/v3/users/a%2Fb/"));
    assert!(headers(1, "etag").is_some());
    assert_eq!(headers(1, "etag"), headers(2, "etag"));
    let ignored = first_replies.iter().map(Reply::ignored);
    let expected = [Some("utm, typo"), Some("typo, session_count"), None, None, None, None];
    assert!(ignored.eq(expected));
    assert_eq!(first_replies[4].json(), json!({"deleted": 1}));
    assert_eq!(first_replies[5].json(), json!({"restored": 1, "conflicts": []}));
}

#[actix_web::test]
async fn another_request_with_the_same_key_returns_422() {
    let api = Api::new().await;
    for name in ["ada", "bob"] {
        api.user(name).await;
    }
    let body = r#"{"metadata": {"a": 1}}"#;
    update(&api, "k", body).send().await.body_of(200);
    let traces = api.traces();
    for other in [
        update(&api, "k", r#"{"metadata": {"a": 2}}"#),
        update(&api, "k", r#"{"metadata": {"a":1}}"#),
        keyed(&api, "k", ("PATCH", "/v3/users/bob/", body)),
        keyed(&api, "k", ("PATCH", "/v3/users/nobody/", body)),
        update(&api, "k", body).header("if-match", "*"),
        api.call("PATCH", "/v3/users/ada/")
            .header("idempotency-key", "k")
            .header("content-type", "application/merge-patch+json")
            .bytes(body.as_bytes()),
    ] {
        let detail = "This Idempotency-Key was used for another request.";
        other.send().await.assert(422, &json!({ "detail": detail }));
    }
    assert_eq!(api.traces(), traces);
    // Each route and each application has its own scope of keys.
    let (method, uri, body) = ("POST", "/v3/users/create/", r#"{"vendor_data": "new"}"#);
    for key in [api.owner.clone(), api.strangers_key().await] {
        let call = api.with_key(&key, method, uri).header("idempotency-key", "k").text(body);
        call.send().await.body_of(201);
    }
}

#[actix_web::test]
async fn another_key_of_the_application_repeats_the_same_request() {
    let api = Api::new().await;
    let first = keyed(&api, "k", CREATE).send().await;
    let developer = api.key(KeyKind::Role(Role::Developer)).await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    let as_key = |key: &str| {
        let call = api.with_key(key, CREATE.0, CREATE.1).header("idempotency-key", "k");
        call.text(CREATE.2).send()
    };
    assert_eq!(stored_parts(&as_key(&developer).await), stored_parts(&first));
    assert_eq!(as_key(&reader).await.status, 403);
}

#[actix_web::test]
async fn error_responses_are_not_stored() {
    let api = Api::new().await;
    api.user("ada").await;
    for (call, status) in [
        (keyed(&api, "k", CREATE), 409),
        (update(&api, "u", r#"{"display_name": 1}"#), 400),
        (update(&api, "v", r#"{"display_name": "x"}"#).header("if-match", "\"x\""), 412),
    ] {
        for _ in 0..2 {
            let reply = call.clone().send().await;
            assert_eq!(reply.status, status, "{}", reply.body);
            assert!(!is_replay(&reply));
        }
    }
    update(&api, "u", r#"{"display_name": "Ada"}"#).send().await.body_of(200);
    api.delete_users(&["ada"]).await;
    keyed(&api, "k", CREATE).send().await.body_of(201);
}

#[actix_web::test]
async fn a_change_is_replayed_although_its_condition_no_longer_holds() {
    let api = Api::new().await;
    api.user("ada").await;
    let etag = api.get("/v3/users/ada/").await.header("etag").unwrap().to_owned();
    let call = update(&api, "k", r#"{"display_name": "Ada"}"#).header("if-match", &etag);
    let first = call.clone().send().await;
    first.body_of(200);
    let other = json!({"display_name": "Countess"});
    api.patch("/v3/users/ada/", other).await.body_of(200);
    assert_eq!(stored_parts(&call.send().await), stored_parts(&first));
    assert_eq!(api.get("/v3/users/ada/").await.json()["display_name"], "Countess");
}

#[actix_web::test]
async fn a_deletion_that_ran_out_of_time_continues_with_the_same_key() {
    let api = Api::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        api.user(name).await;
    }
    // Each read of the clock takes longer than the time budget of a deletion.
    api.clock.tick_by(8_000_000);
    let mut responses: Vec<Value> = Vec::new();
    while responses.last().is_none_or(|response| response["remaining"] == true) {
        assert!(responses.len() < 10, "{responses:?}");
        let reply = keyed(&api, "k", DELETE_ALL).send().await;
        assert!(!is_replay(&reply));
        responses.push(reply.json());
    }
    let deleted = responses.iter().map(|response| response["deleted"].as_u64().unwrap());
    assert_eq!(deleted.sum::<u64>(), 5, "{responses:?}");
    assert!(responses.len() > 1, "{responses:?}");
    // The completed deletion is not repeated.
    api.user("f").await;
    let again = keyed(&api, "k", DELETE_ALL).send().await;
    assert_eq!(Some(&again.json()), responses.last());
    assert!(is_replay(&again));
    assert_eq!(api.get("/v3/users/f/").await.status, 200);
}

#[actix_web::test]
async fn an_invalid_key_returns_400_except_for_reads() {
    let api = Api::new().await;
    let too_long = "x".repeat(256);
    let detail =
        "The Idempotency-Key header must be one value of 1 to 255 visible ASCII characters.";
    for (method, uri, body) in CALLS {
        for keys in [&[""][..], &[" "], &["a b"], &["é"], &[&too_long], &["a", "b"]] {
            let call = api.call(method, uri).text(body);
            let call = keys.iter().fold(call, |call, key| call.header("idempotency-key", key));
            call.send().await.assert(400, &json!({ "detail": detail }));
        }
    }
    assert_eq!(api.traces(), (0, 0));
    keyed(&api, &"x".repeat(255), CALLS[0]).send().await.body_of(201);
    let read = api.call("GET", "/v3/users/").header("idempotency-key", "");
    for _ in 0..2 {
        let reply = read.clone().send().await;
        assert_eq!((reply.status.as_u16(), is_replay(&reply)), (200, false));
    }
}

#[actix_web::test]
async fn a_stored_response_of_unknown_format_returns_500() {
    for bytes in [&b"{}"[..], br#"{"status": 1, "headers": [], "ignored": null, "body": {}}"#] {
        let api = Api::with(|ports| {
            let mut store = MockUserStore::new();
            let stored = StoredResponse::new(None, bytes.to_vec()).unwrap();
            store.expect_commit_idempotent().return_once(|_, _, _| Ok(Answered::Replayed(stored)));
            ports.users = Arc::new(store);
        })
        .await;
        let reply = keyed(&api, "k", CREATE).send().await;
        reply.assert(500, &json!({"detail": "The service failed to answer this request."}));
    }
}
