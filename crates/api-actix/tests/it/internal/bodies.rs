//! Tests of the bodies of the internal API and their limits.

use serde_json::{Value, json};

use super::{SESSIONS, one_of_each, session};
use crate::support::{Api, with};

#[actix_web::test]
async fn one_object_returns_an_array_with_one_result() {
    let api = Api::new().await;
    let item = session(json!({}));
    for (body, outcome) in [(item.clone(), "applied"), (json!([item]), "duplicate")] {
        assert_eq!(api.report(SESSIONS, &body).await.column("outcome"), [outcome]);
    }
    for (uri, _) in one_of_each() {
        let reply = api.report(uri, &json!([])).await;
        reply.assert(200, &json!({"results": [], "errors": 0}));
    }
}

#[actix_web::test]
async fn at_most_500_items_are_read() {
    let api = Api::new().await;
    let items = |count: usize| {
        let item = |index| session(json!({"session_id": format!("s-{index}")}));
        Value::Array((0..count).map(item).collect())
    };
    for (uri, _) in one_of_each() {
        let detail = "Ensure the body has no more than 500 items.";
        api.report(uri, &items(501)).await.assert(400, &json!({ "detail": detail }));
    }
    assert_eq!(api.traces(), (0, 0));
    assert_eq!(api.report(SESSIONS, &items(500)).await.column("outcome"), ["applied"; 500]);
    assert_eq!(api.get("/v3/users/ada/").await.json()["session_count"], 500);
}

/// The unit tests of `request::json` contain all unreadable texts.
#[actix_web::test]
async fn unreadable_bodies_are_refused_and_change_nothing() {
    let api = Api::new().await;
    let valid = session(json!({})).to_string();
    let nested =
        |levels: usize| format!("[{{\"x\":{}{}}}]", "[".repeat(levels), "]".repeat(levels));
    for (body, message) in [
        (String::new(), "JSON parse error: the body is not valid JSON in UTF-8."),
        (format!("[{valid}"), "JSON parse error: the body is not valid JSON in UTF-8."),
        ("null".to_owned(), "Invalid data. Expected a JSON object or an array of JSON objects."),
        (
            format!("[{valid},{{\"x\":1,\"x\":1}}]"),
            "JSON parse error: an object has the same key twice.",
        ),
        (
            format!("[{valid},{{\"x\":\"\\u0000\"}}]"),
            "JSON parse error: NUL characters are not allowed.",
        ),
        (nested(31), "JSON parse error: the body is nested too deeply."),
    ] {
        for (uri, _) in one_of_each() {
            let reply = api.as_service("POST", uri).await.text(&body).send().await;
            reply.assert(400, &json!({ "detail": message }));
        }
    }
    assert_eq!(api.traces(), (0, 0));
    let deepest = api.as_service("POST", SESSIONS).await.text(&nested(30));
    assert_eq!(deepest.send().await.status, 200, "32 levels are read");
}

#[actix_web::test]
async fn internal_bodies_have_a_separate_limit_of_bytes() {
    let api = Api::new().await;
    let mut body = session(json!({})).to_string();
    body.push_str(&" ".repeat(2 * 1024 * 1024 - body.len()));
    for (more, status) in [("", 200), (" ", 413)] {
        let call = api.as_service("POST", SESSIONS).await.text(&format!("{body}{more}"));
        assert_eq!(call.send().await.status, status);
    }
    let api = Api::with(|ports| ports.settings.max_ingest_body_bytes = 100).await;
    for (uri, _) in one_of_each() {
        let call = api.as_service("POST", uri).await.text(&" ".repeat(101));
        let detail = "The body is too large. Its limit is 100 bytes.";
        call.send().await.assert(413, &json!({ "detail": detail }));
    }
}

#[actix_web::test]
async fn only_json_is_read() {
    let api = Api::new().await;
    for (uri, _) in one_of_each() {
        assert_eq!(api.as_service("POST", uri).await.send().await.status, 415);
        for media_type in ["text/plain", "application/merge-patch+json"] {
            let call = api.as_service("POST", uri).await.header("content-type", media_type);
            assert_eq!(call.bytes(b"{}").send().await.status, 415, "{uri} {media_type}");
        }
    }
}

#[actix_web::test]
async fn unknown_fields_are_named_once() {
    let api = Api::new().await;
    for ((uri, item), typo) in
        one_of_each().into_iter().zip([json!(1), json!({"x": []}), json!(1e99)])
    {
        let item = with(item, json!({"typo": typo, "identity": {"age": 7}}));
        let reply = api.report(&format!("{uri}?page=1"), &json!([item, item])).await;
        let ignored = if uri == SESSIONS { "page, typo" } else { "page, identity, typo" };
        assert_eq!(reply.ignored(), Some(ignored));
        assert_ne!(reply.rows()[0]["outcome"], "error", "{uri}");
    }
}

/// Errors of items have a fixed format; only errors of calls follow the accept header.
#[actix_web::test]
async fn errors_of_items_ignore_the_accept_header() {
    let api = Api::new().await;
    for (body, status, media_type) in
        [("[{}]", 200, "application/json"), ("7", 400, "application/problem+json")]
    {
        let call = api.as_service("POST", SESSIONS).await.text(body);
        let reply = call.header("accept", "application/problem+json").send().await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("content-type"), Some(media_type));
    }
}
