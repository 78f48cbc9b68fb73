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
    api.create(json!({"vendor_data": "ada", "status": "BLOCKED"})).await;
    let ada = "/v3/users/ada/";
    let missing = "/v3/users/nobody/";
    let conflict = "{\"status\":\"FLAGGED\"}";
    let field = "{\"status\":\"FLAGGED\",\"reason\":1}";
    let malformed = "{\"reason\":1,}";
    let large = malformed.to_owned() + &" ".repeat(1000);
    let mismatch = "\"x\"";
    let undecodable = "/v3/users/%FF/";
    let owner = &*api.owner;
    for (uri, key, condition, content_type, body, status) in [
        (ada, owner, "*", JSON, conflict, 409),
        (ada, owner, "*", JSON, field, 400),
        (ada, owner, mismatch, JSON, field, 412),
        (missing, owner, mismatch, JSON, field, 404),
        (undecodable, owner, mismatch, JSON, field, 404),
        (missing, owner, mismatch, JSON, malformed, 400),
        (undecodable, owner, mismatch, JSON, malformed, 400),
        (missing, owner, mismatch, JSON, &large, 413),
        (missing, owner, mismatch, TEXT, &large, 415),
        (missing, &reader, mismatch, TEXT, &large, 403),
        (missing, "x", mismatch, TEXT, &large, 401),
    ] {
        for path in [uri.to_owned(), format!("{uri}update-status/")] {
            let call = api.with_key(key, "PATCH", &path).header("if-match", condition);
            let call = call.header("content-type", content_type).bytes(body.as_bytes());
            let reply = call.send().await;
            assert_eq!(reply.status, status, "{path} {body}: {}", reply.body);
        }
    }
    // Creating a user reports field errors before a conflict.
    let body = json!({"vendor_data": "ada", "status": 1});
    api.post("/v3/users/create/", body).await.body_of(400);
}

/// Each line adds a fault to the call above it, and the response reports the added fault.
#[actix_web::test]
async fn errors_of_a_destination_are_reported_in_order() {
    let api = Api::new().await;
    let reader = api.key(KeyKind::Role(Role::Reader)).await;
    api.destination("https://example.org/1").await;
    let uri = path(&api.destination("https://example.org/2").await, "");
    let (missing, undecodable) = (format!("{URI}{UNKNOWN_ID}/"), format!("{URI}%FF/"));
    let conflict = "{\"url\":\"https://example.org/1\"}";
    let field = "{\"url\":\"https://example.org/1\",\"label\":1}";
    let malformed = "{\"label\":1,}";
    let large = malformed.to_owned() + &" ".repeat(64 * 1024);
    let owner = &*api.owner;
    for (uri, key, content_type, body, status) in [
        (&uri, owner, JSON, conflict, 400),
        (&uri, owner, JSON, field, 400),
        (&missing, owner, JSON, field, 404),
        (&undecodable, owner, JSON, field, 404),
        (&undecodable, owner, JSON, malformed, 400),
        (&undecodable, owner, JSON, &large, 413),
        (&undecodable, owner, TEXT, &large, 415),
        (&undecodable, &reader, TEXT, &large, 403),
        (&undecodable, "x", TEXT, &large, 401),
    ] {
        let call = api.with_key(key, "PATCH", uri).header("content-type", content_type);
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

/// The unit tests of `request::json` contain all unreadable texts.
#[actix_web::test]
async fn unreadable_bodies_are_refused_with_a_reason() {
    let api = Api::new().await;
    api.user("ada").await;
    let destination = format!("{URI}{UNKNOWN_ID}/");
    for (body, detail) in [
        ("", "JSON parse error: the body is not valid JSON in UTF-8."),
        ("[]", "Invalid data. Expected a JSON object."),
        ("{\"metadata\":{\"a\":1,\"a\":1}}", "JSON parse error: an object has the same key twice."),
        ("{\"x\":\"\\u0000\"}", "JSON parse error: NUL characters are not allowed."),
        (
            &format!("{{\"metadata\":{}", "[".repeat(10_000)),
            "JSON parse error: the body is nested too deeply.",
        ),
    ] {
        for (method, uri) in [
            ("POST", "/v3/users/create/"),
            ("PATCH", "/v3/users/ada/"),
            ("PATCH", "/v3/users/ada/update-status/"),
            ("POST", "/v3/users/delete/"),
            ("POST", URI),
            ("PATCH", &destination),
            ("POST", &format!("{destination}recover/")),
        ] {
            let reply = api.call(method, uri).text(body).send().await;
            reply.assert(400, &json!({ "detail": detail }));
        }
    }
}
