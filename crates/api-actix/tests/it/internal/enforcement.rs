//! Tests of the enforcement of statuses.

use serde_json::{Value, json};

use crate::support::Api;

fn unknown_user() -> Value {
    json!({
        "status": null, "new_session": "normal", "new_transaction": "normal", "version": null, "session_error": null,
        "transaction_error": null,
    })
}

#[actix_web::test]
async fn each_status_has_its_enforcement() {
    let api = Api::new().await;
    api.enforcement("ada").await.assert(200, &unknown_user());
    api.user("ada").await;
    let expected = |status, version, session, transaction| {
        json!({
            "status": status, "new_session": session, "new_transaction": transaction, "version": version,
            "session_error": null, "transaction_error": null,
        })
    };
    let active = expected("ACTIVE", 1, "normal", "normal");
    api.enforcement("ada").await.assert(200, &active);
    let uri = "/v3/users/ada/";
    api.patch(uri, json!({"status": "FLAGGED"})).await;
    let flagged = expected("FLAGGED", 2, "in_review", "escalate");
    api.enforcement("ada").await.assert(200, &flagged);
    api.patch(uri, json!({"status": "BLOCKED"})).await;
    let mut blocked = expected("BLOCKED", 3, "declined", "declined");
    blocked["session_error"] = json!({
        "vendor_data": "This user or business has been blocked and cannot create new verification sessions.",
    });
    blocked["transaction_error"] = json!({
        "vendor_data": ["The individual 'ada' is in the blocklist and cannot participate in transactions."],
    });
    api.enforcement("ada").await.assert(200, &blocked);
    api.post("/v3/users/delete/", json!({"delete_all": true})).await;
    blocked["version"] = Value::Null;
    api.enforcement("ada").await.assert(200, &blocked);
}

#[actix_web::test]
async fn any_name_can_be_queried() {
    let api = Api::new().await;
    for (name, segment) in [
        ("a/b", "a%2Fb"),
        ("%", "%25"),
        ("a+b c", "a+b%20c"),
        ("it's", "it's"),
        ("😀é", "%F0%9F%98%80%C3%A9"),
    ] {
        let body = json!({"vendor_data": name, "status": "BLOCKED"});
        assert_eq!(api.post("/v3/users/create/", body).await.status, 201);
        let enforcement = api.enforcement(segment).await.json();
        assert_eq!(enforcement["status"], "BLOCKED", "{name}");
        let message = format!(
            "The individual '{name}' is in the blocklist and cannot participate in transactions."
        );
        assert_eq!(enforcement["transaction_error"], json!({"vendor_data": [message]}));
    }
}

/// An invalid name is that of an unknown user, but a path that cannot be decoded returns an error.
#[actix_web::test]
async fn an_invalid_name_is_an_unknown_user() {
    let api = Api::new().await;
    let long = "x".repeat(2001);
    for segment in ["create", "by-id", "a%0Ab", &long] {
        api.enforcement(segment).await.assert(200, &unknown_user());
    }
    for segment in ["%FF", "%", "%C3", "%zz"] {
        let reply = api.enforcement(segment).await;
        reply.assert(404, &json!({"detail": "Not found."}));
    }
    let message = "NUL characters are not allowed in the path.";
    let reply = api.enforcement("a%00").await;
    reply.assert(400, &json!({ "detail": message }));
}

#[actix_web::test]
async fn parameters_are_ignored_and_head_is_supported() {
    let api = Api::new().await;
    let uri = "/internal/v1/enforcement/ada?at=now";
    let reply = api.as_service("GET", uri).await.send().await;
    assert_eq!(reply.header("x-ignored-fields"), Some("at"));
    assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
    assert_eq!(reply.json(), unknown_user());
    let reply = api.as_service("HEAD", uri).await.send().await;
    assert_eq!(reply.status, 200);
}
