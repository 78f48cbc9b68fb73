//! Tests of the bodies of the internal API and their limits.

use serde_json::{Value, json};

use super::{RISKS, SESSIONS, TRANSACTIONS, risk, session, transaction};
use crate::support::Api;

const ALL: [&str; 3] = [SESSIONS, TRANSACTIONS, RISKS];

#[actix_web::test]
async fn one_object_returns_an_array_with_one_result() {
    let api = Api::new().await;
    let single = api.report(SESSIONS, &session(json!({}))).await;
    assert_eq!(single.status, 200);
    assert_eq!(single.json()["results"].as_array().unwrap().len(), 1);
    assert_eq!(single.json()["results"][0]["outcome"], "applied");
    let again = api.report(SESSIONS, &json!([session(json!({}))])).await;
    assert_eq!(again.json()["results"].as_array().unwrap().len(), 1);
    assert_eq!(again.json()["results"][0]["outcome"], "duplicate");
}

#[actix_web::test]
async fn an_empty_array_returns_no_results() {
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
        let detail = "Ensure the body has no more than 500 items.";
        reply.assert(400, &json!({ "detail": detail }));
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
async fn unreadable_bodies_are_refused_and_change_nothing() {
    let api = Api::new().await;
    let valid = session(json!({})).to_string();
    let not_json = "JSON parse error: the body is not valid JSON in UTF-8.";
    let no_items = "Invalid data. Expected a JSON object or an array of JSON objects.";
    let twice = "JSON parse error: an object has the same key twice.";
    let nul = "JSON parse error: NUL characters are not allowed.";
    let deep = "JSON parse error: the body is nested too deeply.";
    let nested = |levels: usize| format!("{{\"x\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    for (body, detail) in [
        (String::new(), not_json),
        (format!("[{valid},]"), not_json),
        (format!("[{valid}"), not_json),
        (format!("[{valid},{{\"x\":\"\\ud800\"}}]"), not_json),
        ("null".to_owned(), no_items),
        ("\"x\"".to_owned(), no_items),
        ("7".to_owned(), no_items),
        (format!("[{valid},{{\"x\":1,\"x\":1}}]"), twice),
        (format!("[{valid},{{\"x\":\"\\u0000\"}}]"), nul),
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
async fn internal_bodies_have_a_separate_limit_of_bytes() {
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
        let detail = "The body is too large. Its limit is 100 bytes.";
        reply.assert(413, &json!({ "detail": detail }));
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
async fn unknown_fields_are_named_once() {
    let api = Api::new().await;
    for (uri, item) in [
        (SESSIONS, session(json!({"typo": 1, "identity": {"age": 7}}))),
        (TRANSACTIONS, transaction(json!({"typo": {"x": []}}))),
        (RISKS, risk(json!({"typo": 1e99}))),
    ] {
        let uri = format!("{uri}?page=1");
        let reply = api.report(&uri, &json!([item.clone(), item])).await;
        assert_eq!(reply.header("x-ignored-fields"), Some("page, typo"));
        assert_ne!(reply.json()["results"][0]["outcome"], "error", "{uri}");
    }
}

/// Errors of items have a fixed format; only errors of calls follow the accept header.
#[actix_web::test]
async fn errors_of_items_ignore_the_accept_header() {
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
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    let body = reply.json();
    assert_eq!(body["code"], "malformed_request");
    assert_eq!(body["request_id"], "my-request");
}
