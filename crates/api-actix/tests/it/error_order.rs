//! Tests of the order of errors, and of bodies that cannot be read.

use serde_json::json;
use users_domain::model::{KeyKind, Role};

use crate::support::Api;
use crate::webhooks::{UNKNOWN_ID, URI, path};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain";

/// Each line adds a fault to the call above it, and the response reports the added fault.
#[actix_web::test]
async fn errors_are_reported_in_the_documented_order() {
    let api = Api::with(|ports| ports.settings.max_user_body_bytes = 1000).await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    api.user("ada").await;
    api.patch("/v3/users/ada/", json!({"status": "BLOCKED"})).await;
    let uri = "/v3/users/ada/";
    let missing = "/v3/users/nobody/";
    let conflict = json!({"status": "FLAGGED"}).to_string();
    let field = json!({"status": "FLAGGED", "display_name": 1}).to_string();
    let malformed = "{\"display_name\":1,}".to_owned();
    let large = malformed.clone() + &" ".repeat(1000);
    let mismatch = Some("\"x\"");
    let (undecodable, invalid) = ("/v3/users/%FF/", "x".to_owned());
    for (uri, key, condition, content_type, body, status) in [
        (uri, &api.owner, None, JSON, &conflict, 409),
        (uri, &api.owner, None, JSON, &field, 400),
        (uri, &api.owner, mismatch, JSON, &field, 412),
        (missing, &api.owner, mismatch, JSON, &field, 404),
        (undecodable, &api.owner, mismatch, JSON, &field, 404),
        (missing, &api.owner, mismatch, JSON, &malformed, 400),
        (undecodable, &api.owner, mismatch, JSON, &malformed, 400),
        (missing, &api.owner, mismatch, JSON, &large, 413),
        (missing, &api.owner, mismatch, TEXT, &large, 415),
        (missing, &reader, mismatch, TEXT, &large, 403),
        (missing, &invalid, mismatch, TEXT, &large, 401),
    ] {
        for path in [uri.to_owned(), format!("{uri}update-status/")] {
            let mut call = api.with_key(key, "PATCH", &path);
            if let Some(condition) = condition {
                call = call.header("if-match", condition);
            }
            // The status endpoint accepts `reason` instead of `display_name`.
            let body = if path.ends_with("update-status/") {
                body.replace("display_name", "reason")
            } else {
                body.clone()
            };
            let call = call.header("content-type", content_type).bytes(body.as_bytes());
            let reply = call.send().await;
            assert_eq!(reply.status, status, "{path} {body}: {}", reply.body);
        }
    }
}

/// Each line adds a fault to the call above it, and the response reports the added fault.
#[actix_web::test]
async fn errors_of_a_destination_are_reported_in_order() {
    let api = Api::new().await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    api.destination("https://example.org/1").await;
    let uri = path(&api.destination("https://example.org/2").await, "");
    let (missing, undecodable) = (format!("{URI}{UNKNOWN_ID}/"), format!("{URI}%FF/"));
    let conflict = json!({"url": "https://example.org/1"}).to_string();
    let field = json!({"url": "https://example.org/1", "label": 1}).to_string();
    let malformed = "{\"label\":1,}".to_owned();
    let large = malformed.clone() + &" ".repeat(64 * 1024);
    let invalid = "x".to_owned();
    for (uri, key, content_type, body, status) in [
        (&uri, &api.owner, JSON, &conflict, 400),
        (&uri, &api.owner, JSON, &field, 400),
        (&missing, &api.owner, JSON, &field, 404),
        (&undecodable, &api.owner, JSON, &field, 404),
        (&undecodable, &api.owner, JSON, &malformed, 400),
        (&undecodable, &api.owner, JSON, &large, 413),
        (&undecodable, &api.owner, TEXT, &large, 415),
        (&undecodable, &reader, TEXT, &large, 403),
        (&undecodable, &invalid, TEXT, &large, 401),
    ] {
        let call = api.with_key(key, "PATCH", uri);
        let call = call.header("content-type", content_type);
        let reply = call.bytes(body.as_bytes()).send().await;
        assert_eq!(reply.status, status, "{uri} {body}: {}", reply.body);
    }
}

/// If no member is required, an empty body is equivalent to an empty object.
#[actix_web::test]
async fn an_optional_body_is_checked_if_it_is_present() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    for rest in ["rotate-secret/", "test/"] {
        let uri = path(&created, rest);
        let empty = api.call("POST", &uri).header("content-type", TEXT);
        assert_eq!(empty.send().await.status, 200, "{rest}");
        for (content_type, body, status) in
            [(JSON, "{}", 200), (JSON, "[]", 400), (JSON, "{", 400), (TEXT, "{}", 415)]
        {
            let call = api.call("POST", &uri).header("content-type", content_type);
            let reply = call.bytes(body.as_bytes()).send().await;
            assert_eq!(reply.status, status, "{rest} {body}");
        }
    }
}

#[actix_web::test]
async fn create_reports_field_errors_before_a_conflict() {
    let api = Api::new().await;
    api.user("ada").await;
    let body = json!({"vendor_data": "ada", "status": 1});
    assert_eq!(api.post("/v3/users/create/", body).await.status, 400);
}

#[actix_web::test]
async fn unreadable_bodies_are_refused_with_a_reason() {
    let api = Api::new().await;
    api.user("ada").await;
    let (destination, recover) =
        (format!("{URI}{UNKNOWN_ID}/"), format!("{URI}{UNKNOWN_ID}/recover/"));
    let deep = format!("{{\"metadata\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    for (body, detail) in [
        ("", "JSON parse error: the body is not valid JSON in UTF-8."),
        ("[]", "Invalid data. Expected a JSON object."),
        ("null", "Invalid data. Expected a JSON object."),
        ("{\"metadata\":{\"a\":1,\"a\":1}}", "JSON parse error: an object has the same key twice."),
        ("{\"x\":\"\\u0000\"}", "JSON parse error: NUL characters are not allowed."),
        ("{\"x\":\"\\ud800\"}", "JSON parse error: the body is not valid JSON in UTF-8."),
        (&deep, "JSON parse error: the body is nested too deeply."),
    ] {
        for (method, uri) in [
            ("POST", "/v3/users/create/"),
            ("PATCH", "/v3/users/ada/"),
            ("PATCH", "/v3/users/ada/update-status/"),
            ("POST", "/v3/users/delete/"),
            ("POST", URI),
            ("PATCH", destination.as_str()),
            ("POST", recover.as_str()),
        ] {
            let reply = api.call(method, uri).text(body).send().await;
            reply.assert(400, &json!({ "detail": detail }));
        }
    }
    let reply = api.call("POST", "/v3/users/create/").header("content-type", "application/json");
    let reply = reply.bytes(b"{\"vendor_data\":\"\xff\"}").send().await;
    assert_eq!(reply.status, 400);
}
