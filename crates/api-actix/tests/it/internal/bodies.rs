//! Which bodies are read, and how much of them.

use serde_json::{Value, json};

use super::{RISKS, SESSIONS, TRANSACTIONS, risk, session, transaction};
use crate::support::Api;

const ALL: [&str; 3] = [SESSIONS, TRANSACTIONS, RISKS];

#[actix_web::test]
async fn one_object_is_answered_as_an_array_of_one() {
    let api = Api::new().await;
    let alone = api.report(SESSIONS, &session(json!({}))).await;
    assert_eq!(alone.status, 200);
    assert_eq!(alone.json()["results"].as_array().unwrap().len(), 1);
    assert_eq!(alone.json()["results"][0]["outcome"], "applied");
    let again = api.report(SESSIONS, &json!([session(json!({}))])).await;
    assert_eq!(again.json()["results"].as_array().unwrap().len(), 1);
    assert_eq!(again.json()["results"][0]["outcome"], "duplicate");
}

#[actix_web::test]
async fn nothing_is_answered_with_nothing() {
    let api = Api::new().await;
    for uri in ALL {
        let reply = api.report(uri, &json!([])).await;
        reply.assert(200, &json!({"results": [], "errors": 0}));
    }
    assert_eq!(api.traces(), (0, 0));
}

#[actix_web::test]
async fn at_most_500_items_are_read() {
    let api = Api::new().await;
    let items = |count: usize| {
        let item = |index| session(json!({"session_id": format!("s-{index}")}));
        Value::Array((0..count).map(item).collect())
    };
    for uri in ALL {
        let reply = api.report(uri, &items(501)).await;
        let told = "Ensure the body has no more than 500 items.";
        reply.assert(400, &json!({ "detail": told }));
    }
    assert_eq!(api.traces(), (0, 0));
    let results = api.report(SESSIONS, &items(500)).await.json();
    let results = results["results"].as_array().unwrap().clone();
    assert_eq!(results.len(), 500);
    assert!(results.iter().all(|result| result["outcome"] == "applied"));
    let user = api.get("/v3/users/ada/").await.json();
    assert_eq!(user["session_count"], 500);
}

#[actix_web::test]
async fn bodies_that_cannot_be_read_say_why_and_change_nothing() {
    let api = Api::new().await;
    let good = session(json!({})).to_string();
    let not_json = "JSON parse error: the body is not valid JSON in UTF-8.";
    let no_items = "Invalid data. Expected a JSON object or an array of JSON objects.";
    let twice = "JSON parse error: an object has the same key twice.";
    let nul = "JSON parse error: NUL characters are not allowed.";
    let deep = "JSON parse error: the body is nested too deeply.";
    let nested = |levels: usize| format!("{{\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    for (body, detail) in [
        (String::new(), not_json),
        (format!("[{good},]"), not_json),
        (format!("[{good}"), not_json),
        (format!("[{good},{{\"x\":\"\\ud800\"}}]"), not_json),
        ("null".to_owned(), no_items),
        ("\"x\"".to_owned(), no_items),
        ("7".to_owned(), no_items),
        (format!("[{good},{{\"x\":1,\"x\":1}}]"), twice),
        (format!("[{good},{{\"x\":\"\\u0000\"}}]"), nul),
        (nested(32), deep),
        (format!("[{}]", nested(31)), deep),
        (nested(10_000), deep),
    ] {
        for uri in ALL {
            let reply = api.as_service("POST", uri).await.text(&body).send().await;
            reply.assert(400, &json!({ "detail": detail }));
        }
    }
    assert_eq!(api.traces(), (0, 0));
    let reply = api.as_service("POST", SESSIONS).await;
    let reply = reply.text(&format!("[{}]", nested(30))).send().await;
    assert_eq!(reply.status, 200, "32 levels are read");
}

#[actix_web::test]
async fn a_body_has_its_own_limit_of_bytes() {
    let api = Api::new().await;
    let mut body = session(json!({})).to_string();
    body.push_str(&" ".repeat(2 * 1024 * 1024 - body.len()));
    for (more, status) in [("", 200), (" ", 413)] {
        let text = format!("{body}{more}");
        let reply = api.as_service("POST", SESSIONS).await.text(&text);
        assert_eq!(reply.send().await.status, status);
    }
    let api = Api::with(|ports| ports.settings.max_ingest_body_bytes = 100).await;
    for uri in ALL {
        let reply = api.as_service("POST", uri).await;
        let reply = reply.text(&" ".repeat(101)).send().await;
        let told = "The body is too large. Its limit is 100 bytes.";
        reply.assert(413, &json!({ "detail": told }));
    }
}

#[actix_web::test]
async fn only_json_is_read() {
    let api = Api::new().await;
    for uri in ALL {
        for media_type in ["text/plain", "application/merge-patch+json"] {
            let call = api.as_service("POST", uri).await;
            let call = call.header("content-type", media_type).bytes(b"{}");
            assert_eq!(call.send().await.status, 415, "{uri} {media_type}");
        }
        assert_eq!(api.as_service("POST", uri).await.send().await.status, 415);
    }
}

#[actix_web::test]
async fn what_nobody_reads_is_named_once() {
    let api = Api::new().await;
    for (uri, item) in [
        (
            SESSIONS,
            session(json!({"typo": 1, "identity": {"age": 7}})),
        ),
        (TRANSACTIONS, transaction(json!({"typo": {"x": []}}))),
        (RISKS, risk(json!({"typo": 1e99}))),
    ] {
        let uri = format!("{uri}?page=1");
        let reply = api.report(&uri, &json!([item.clone(), item])).await;
        assert_eq!(reply.header("x-ignored-fields"), Some("page, typo"));
        assert_ne!(reply.json()["results"][0]["outcome"], "error", "{uri}");
    }
}

/// Errors of items and errors of calls are of different kinds.
#[actix_web::test]
async fn the_shape_of_errors_of_items_is_not_the_clients_choice() {
    let api = Api::new().await;
    let problem = |text: &'static str| async {
        let call = api.as_service("POST", SESSIONS).await.text(text);
        let call = call.header("accept", "application/problem+json");
        call.header("x-request-id", "my-request").send().await
    };
    let reply = problem("[{}]").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("x-request-id"), Some("my-request"));
    let reply = problem("7").await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json")
    );
    let body = reply.json();
    assert_eq!(body["code"], "malformed_request");
    assert_eq!(body["request_id"], "my-request");
}
