//! Tests of `Idempotency-Key`: a repeated request returns the stored response.

use std::sync::Arc;

use serde_json::{Value, json};
use users_domain::model::{KeyKind, Role, StoredResponse};
use users_domain::ports::{Answered, MockUserStore};

use crate::support::{Api, Call, Reply};

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

fn keyed<'a>(api: &'a Api, key: &str, (method, uri, body): (&str, &str, &str)) -> Call<'a> {
    api.call(method, uri).header("idempotency-key", key).text(body)
}

/// Returns the stored parts of a response, without the headers that belong to a single request.
fn stored_parts(reply: &Reply) -> (u16, Vec<(String, String)>, String) {
    let of_the_request = ["x-request-id", "idempotency-replayed"];
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .filter(|(name, _)| !of_the_request.contains(&name.as_str()) && !name.contains("ratelimit"))
        .collect();
    headers.sort();
    (reply.status.as_u16(), headers, reply.body.clone())
}

#[actix_web::test]
async fn a_repeat_returns_the_stored_response_and_changes_nothing() {
    let api = Api::new().await;
    let mut first_replies = Vec::new();
    for (number, call) in CALLS.into_iter().enumerate() {
        let first = keyed(&api, &number.to_string(), call).send().await;
        assert!(first.status.is_success(), "{call:?}: {}", first.body);
        assert_eq!(first.header("idempotency-replayed"), None);
        first_replies.push(first);
    }
    let traces = api.traces();
    for ((number, call), first) in CALLS.into_iter().enumerate().zip(&first_replies) {
        for _ in 0..2 {
            let again = keyed(&api, &number.to_string(), call).send().await;
            assert_eq!(again.header("idempotency-replayed"), Some("true"));
            assert_eq!(stored_parts(&again), stored_parts(first), "{call:?}");
            assert_ne!(
                again.header("x-request-id"),
                first.header("x-request-id"),
                "each request has its own id"
            );
        }
    }
    assert_eq!(api.traces(), traces);
    let headers = |number: usize, name| first_replies[number].header(name);
    assert_eq!(headers(0, "location"), Some("/v3/users/a%2Fb/"));
    assert_eq!(headers(0, "x-ignored-fields"), Some("utm, typo"));
    assert_eq!(headers(1, "x-ignored-fields"), Some("typo, session_count"));
    assert!(headers(1, "etag").is_some());
    assert_eq!(headers(1, "etag"), headers(2, "etag"));
    assert_eq!(first_replies[4].json(), json!({"deleted": 1}));
    assert_eq!(first_replies[5].json(), json!({"restored": 1, "conflicts": []}));
    assert_eq!(headers(5, "x-ignored-fields"), None);
}

#[actix_web::test]
async fn the_response_is_the_same_without_an_idempotency_key() {
    let (api, other) = (Api::new().await, Api::new().await);
    for (number, call @ (method, uri, body)) in CALLS.into_iter().enumerate() {
        let plain = api.call(method, uri).text(body).send().await;
        let keyed = keyed(&other, &number.to_string(), call).send().await;
        assert_eq!(plain.status, keyed.status);
        let names = |reply: &Reply| {
            let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(names(&plain), names(&keyed), "{call:?}");
        let members = |reply: &Reply| {
            let json = reply.json();
            let members = json.as_object().unwrap().keys();
            members.cloned().collect::<Vec<_>>()
        };
        assert_eq!(members(&plain), members(&keyed), "{call:?}");
    }
}

#[actix_web::test]
async fn another_request_with_the_same_key_returns_422() {
    let api = Api::new().await;
    for name in ["ada", "bob"] {
        api.user(name).await;
    }
    let uri = "/v3/users/ada/";
    let first = keyed(&api, "k", ("PATCH", uri, r#"{"metadata": {"a": 1}}"#));
    assert_eq!(first.send().await.status, 200);

    let others = [
        keyed(&api, "k", ("PATCH", uri, r#"{"metadata": {"a": 2}}"#)),
        keyed(&api, "k", ("PATCH", uri, r#"{"metadata": {"a":1}}"#)),
        keyed(&api, "k", ("PATCH", "/v3/users/bob/", r#"{"metadata": {"a": 1}}"#)),
        keyed(&api, "k", ("PATCH", "/v3/users/nobody/", r#"{"metadata": {"a": 1}}"#)),
        keyed(&api, "k", ("PATCH", uri, r#"{"metadata": {"a": 1}}"#)).header("if-match", "*"),
        api.call("PATCH", uri)
            .header("idempotency-key", "k")
            .header("content-type", "application/merge-patch+json")
            .bytes(br#"{"metadata": {"a": 1}}"#),
    ];
    let traces = api.traces();
    for other in others {
        other
            .send()
            .await
            .assert(422, &json!({"detail": "This Idempotency-Key was used for another request."}));
    }
    assert_eq!(api.traces(), traces);
    // Each route and each application has its own scope of keys.
    let create = ("POST", "/v3/users/create/", r#"{"vendor_data": "new"}"#);
    assert_eq!(keyed(&api, "k", create).send().await.status, 201);
    let stranger = api.strangers_key().await;
    let other_application = api
        .anonymous("POST", "/v3/users/create/")
        .header("x-api-key", &stranger)
        .header("idempotency-key", "k")
        .text(r#"{"vendor_data": "theirs"}"#);
    assert_eq!(other_application.send().await.status, 201);
}

#[actix_web::test]
async fn another_key_of_the_application_repeats_the_same_request() {
    let api = Api::new().await;
    let create = ("POST", "/v3/users/create/", r#"{"vendor_data": "ada"}"#);
    let first = keyed(&api, "k", create).send().await;
    let developer = api.key(KeyKind::Role(Role::Developer)).await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    let as_key = |key: &str| {
        api.anonymous("POST", create.1)
            .header("x-api-key", key)
            .header("idempotency-key", "k")
            .text(create.2)
    };
    let again = as_key(&developer).send().await;
    assert_eq!(stored_parts(&again), stored_parts(&first));
    assert_eq!(as_key(&reader).send().await.status, 403);
}

#[actix_web::test]
async fn error_responses_are_not_stored() {
    let api = Api::new().await;
    let create = ("POST", "/v3/users/create/", r#"{"vendor_data": "ada"}"#);
    api.user("ada").await;
    for _ in 0..2 {
        let conflict = keyed(&api, "k", create).send().await;
        assert_eq!(conflict.status, 409, "{}", conflict.body);
        assert_eq!(conflict.header("idempotency-replayed"), None);
    }
    let deletion = json!({"vendor_data_list": ["ada"]});
    assert_eq!(api.post("/v3/users/delete/", deletion).await.status, 200);
    assert_eq!(keyed(&api, "k", create).send().await.status, 201);

    let update = ("PATCH", "/v3/users/ada/", r#"{"display_name": 1}"#);
    for _ in 0..2 {
        assert_eq!(keyed(&api, "u", update).send().await.status, 400);
    }
    let corrected = ("PATCH", "/v3/users/ada/", r#"{"display_name": "Ada"}"#);
    assert_eq!(keyed(&api, "u", corrected).send().await.status, 200);
    let stale = ("PATCH", "/v3/users/ada/", r#"{"display_name": "x"}"#);
    let call = || keyed(&api, "v", stale).header("if-match", "\"x\"");
    for _ in 0..2 {
        assert_eq!(call().send().await.status, 412);
    }
}

#[actix_web::test]
async fn a_change_is_replayed_although_its_condition_no_longer_holds() {
    let api = Api::new().await;
    let created = api.user("ada").await;
    let etag = format!("\"{}-1\"", created["didit_internal_id"].as_str().unwrap());
    let update = ("PATCH", "/v3/users/ada/", r#"{"display_name": "Ada"}"#);
    let call = || keyed(&api, "k", update).header("if-match", &etag);
    let first = call().send().await;
    assert_eq!(first.status, 200, "{}", first.body);
    let other = json!({"display_name": "Countess"});
    assert_eq!(api.patch("/v3/users/ada/", other).await.status, 200);
    assert_eq!(stored_parts(&call().send().await), stored_parts(&first));
    let shown = api.get("/v3/users/ada/").await.json();
    assert_eq!(shown["display_name"], json!("Countess"));
}

#[actix_web::test]
async fn delete_all_runs_once() {
    let api = Api::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        api.user(name).await;
    }
    let all = ("POST", "/v3/users/delete/", r#"{"delete_all": true}"#);
    let first = keyed(&api, "k", all).send().await;
    first.assert(200, &json!({"deleted": 5}));
    api.user("f").await;
    let again = keyed(&api, "k", all).send().await;
    assert_eq!(stored_parts(&again), stored_parts(&first));
    assert_eq!(api.get("/v3/users/f/").await.status, 200);
}

#[actix_web::test]
async fn a_deletion_that_ran_out_of_time_continues_with_the_same_key() {
    // Each read of the clock takes longer than the time budget of a deletion.
    let api = Api::new().await;
    for name in ["a", "b", "c", "d", "e"] {
        api.user(name).await;
    }
    api.clock.tick_by(8_000_000);
    let all = ("POST", "/v3/users/delete/", r#"{"delete_all": true}"#);
    let mut deleted = 0;
    let mut responses = Vec::new();
    for _ in 0..10 {
        let reply = keyed(&api, "k", all).send().await;
        assert_eq!(reply.header("idempotency-replayed"), None);
        let response = reply.json();
        deleted += response["deleted"].as_u64().unwrap();
        let remaining = response["remaining"] == json!(true);
        responses.push(response);
        if !remaining {
            break;
        }
    }
    assert_eq!(deleted, 5, "{responses:?}");
    assert!(responses.len() > 1, "{responses:?}");
    let again = keyed(&api, "k", all).send().await;
    assert_eq!(Some(&again.json()), responses.last());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
}

#[actix_web::test]
async fn an_invalid_key_returns_400() {
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
    let longest = keyed(&api, &"x".repeat(255), CALLS[0]).send().await;
    assert_eq!(longest.status, 201);
}

#[actix_web::test]
async fn reads_ignore_the_key() {
    let api = Api::new().await;
    let read = || api.call("GET", "/v3/users/").header("idempotency-key", "");
    for _ in 0..2 {
        let reply = read().send().await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("idempotency-replayed"), None);
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
        let create = ("POST", "/v3/users/create/", r#"{"vendor_data": "ada"}"#);
        let reply = keyed(&api, "k", create).send().await;
        let detail: Value = json!({"detail": "The service failed to answer this request."});
        reply.assert(500, &detail);
    }
}
