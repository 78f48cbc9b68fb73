//! Which error is told where there are several, and which bodies cannot be read.

use serde_json::json;
use users_domain::model::{KeyKind, Role};

use crate::support::Api;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";

/// Each line adds a fault to the call above it, and that fault is told instead.
#[actix_web::test]
async fn faults_are_told_in_their_order() {
    let api = Api::with(|ports| ports.settings.max_user_body_bytes = 1000).await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    api.user("ada").await;
    api.patch("/v3/users/ada/", json!({"status": "BLOCKED"}))
        .await;
    let uri = "/v3/users/ada/";
    let gone = "/v3/users/nobody/";
    let conflict = json!({"status": "FLAGGED"}).to_string();
    let field = json!({"status": "FLAGGED", "display_name": 1}).to_string();
    let malformed = "{\"display_name\":1,}".to_owned();
    let large = malformed.clone() + &" ".repeat(1000);
    let mismatch = Some("\"x\"");
    let (none, invalid) = ("/v3/users/%FF/", "x".to_owned());
    for (uri, key, condition, content_type, body, status) in [
        (uri, &api.owner, None, JSON, &conflict, 409),
        (uri, &api.owner, None, JSON, &field, 400),
        (uri, &api.owner, mismatch, JSON, &field, 412),
        (gone, &api.owner, mismatch, JSON, &field, 404),
        (none, &api.owner, mismatch, JSON, &field, 404),
        (gone, &api.owner, mismatch, JSON, &malformed, 400),
        (none, &api.owner, mismatch, JSON, &malformed, 400),
        (gone, &api.owner, mismatch, JSON, &large, 413),
        (gone, &api.owner, mismatch, TEXT, &large, 415),
        (gone, &reader, mismatch, TEXT, &large, 403),
        (gone, &invalid, mismatch, TEXT, &large, 401),
    ] {
        for path in [uri.to_owned(), format!("{uri}update-status/")] {
            let mut call = api.anonymous("PATCH", &path).header("x-api-key", key);
            if let Some(condition) = condition {
                call = call.header("if-match", condition);
            }
            // At the status endpoint the field error is the reason's.
            let body = if path.ends_with("update-status/") {
                body.replace("display_name", "reason")
            } else {
                body.clone()
            };
            let call = call
                .header("content-type", content_type)
                .bytes(body.as_bytes());
            let reply = call.send().await;
            assert_eq!(reply.status, status, "{path} {body}: {}", reply.body);
        }
    }
}

#[actix_web::test]
async fn at_create_fields_come_before_the_conflict() {
    let api = Api::new().await;
    api.user("ada").await;
    let body = json!({"vendor_data": "ada", "status": 1});
    assert_eq!(api.post("/v3/users/create/", body).await.status, 400);
}

#[actix_web::test]
async fn bodies_that_cannot_be_read_say_why() {
    let api = Api::new().await;
    api.user("ada").await;
    let deep = format!(
        "{{\"metadata\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for (body, detail) in [
        ("", "JSON parse error: the body is not valid JSON in UTF-8."),
        ("[]", "Invalid data. Expected a JSON object."),
        ("null", "Invalid data. Expected a JSON object."),
        (
            "{\"metadata\":{\"a\":1,\"a\":1}}",
            "JSON parse error: an object has the same key twice.",
        ),
        (
            "{\"x\":\"\\u0000\"}",
            "JSON parse error: NUL characters are not allowed.",
        ),
        (
            "{\"x\":\"\\ud800\"}",
            "JSON parse error: the body is not valid JSON in UTF-8.",
        ),
        (&deep, "JSON parse error: the body is nested too deeply."),
    ] {
        for (method, uri) in [
            ("POST", "/v3/users/create/"),
            ("PATCH", "/v3/users/ada/"),
            ("PATCH", "/v3/users/ada/update-status/"),
            ("POST", "/v3/users/delete/"),
        ] {
            let reply = api.call(method, uri).text(body).send().await;
            reply.assert(400, &json!({ "detail": detail }));
        }
    }
    let reply = api
        .call("POST", "/v3/users/create/")
        .header("content-type", "application/json");
    let reply = reply.bytes(b"{\"vendor_data\":\"\xff\"}").send().await;
    assert_eq!(reply.status, 400);
}
