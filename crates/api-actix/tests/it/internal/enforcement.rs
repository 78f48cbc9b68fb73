//! Tests of the enforcement of statuses, and of blocks that survive the deletion of their users.

use serde_json::{Value, json};

use super::{SESSIONS, TRANSACTIONS, session, transaction};
use crate::support::{Api, with};

/// The enforcement for a user with this status and version, who may do everything.
fn enforcement(status: Option<&str>, version: Option<u64>) -> Value {
    json!({
        "status": status, "new_session": "normal", "new_transaction": "normal", "version": version,
        "session_error": null, "transaction_error": null,
    })
}

#[actix_web::test]
async fn each_status_has_its_enforcement() {
    let api = Api::new().await;
    api.enforcement("ada").await.assert(200, &enforcement(None, None));
    api.user("ada").await;
    api.enforcement("ada").await.assert(200, &enforcement(Some("ACTIVE"), Some(1)));
    api.patch("/v3/users/ada/", json!({"status": "FLAGGED"})).await;
    let flagged = json!({"new_session": "in_review", "new_transaction": "escalate"});
    let flagged = with(enforcement(Some("FLAGGED"), Some(2)), flagged);
    api.enforcement("ada").await.assert(200, &flagged);
    api.patch("/v3/users/ada/", json!({"status": "BLOCKED"})).await;
    let declined = json!({
        "new_session": "declined",
        "new_transaction": "declined",
        "session_error": {
            "vendor_data": "This user or business has been blocked and cannot create new verification sessions.",
        },
        "transaction_error": {
            "vendor_data": ["The individual 'ada' is in the blocklist and cannot participate in transactions."],
        },
    });
    let blocked = with(enforcement(Some("BLOCKED"), Some(3)), declined);
    api.enforcement("ada").await.assert(200, &blocked);
    api.delete_users(&["ada"]).await;
    let deleted = with(blocked, json!({"version": null}));
    api.enforcement("ada").await.assert(200, &deleted);
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
        api.create(json!({"vendor_data": name, "status": "BLOCKED"})).await;
        let enforcement = api.enforcement(segment).await.json();
        assert_eq!(enforcement["status"], "BLOCKED", "{name}");
        let message = format!(
            "The individual '{name}' is in the blocklist and cannot participate in transactions."
        );
        assert_eq!(enforcement["transaction_error"], json!({"vendor_data": [message]}));
    }
    // An invalid name is that of an unknown user, but a path that cannot be decoded returns an error.
    for segment in ["create", "by-id", "a%0Ab", &"x".repeat(2001)] {
        api.enforcement(segment).await.assert(200, &enforcement(None, None));
    }
    for segment in ["%FF", "%", "%C3", "%zz"] {
        api.enforcement(segment).await.assert(404, &json!({"detail": "Not found."}));
    }
    let nul = json!({"detail": "NUL characters are not allowed in the path."});
    api.enforcement("a%00").await.assert(400, &nul);
}

#[actix_web::test]
async fn parameters_are_ignored_and_head_is_supported() {
    let api = Api::new().await;
    let uri = "/internal/v1/enforcement/ada?at=now";
    let reply = api.as_service("GET", uri).await.send().await;
    assert_eq!(reply.ignored(), Some("at"));
    assert_eq!(reply.header("cache-control"), Some("private, no-cache"));
    assert_eq!(reply.json(), enforcement(None, None));
    assert_eq!(api.as_service("HEAD", uri).await.send().await.status, 200);
}

#[actix_web::test]
async fn a_new_user_with_the_name_of_a_blocked_user_is_blocked() {
    let text = "a deleted user with this vendor_data was BLOCKED; the block applies to this user";
    for origin in ["create", "create once", "session", "transaction", "setting"] {
        let api = Api::new().await;
        api.create(json!({"vendor_data": "ada", "status": "BLOCKED"})).await;
        api.delete_users(&["ada"]).await;
        let create = api.call("POST", "/v3/users/create/").json(&json!({"vendor_data": "ada"}));
        match origin {
            "create" => drop(create.send().await.body_of(201)),
            "create once" => {
                create.header("idempotency-key", "key").send().await.body_of(201);
            }
            "session" => drop(api.reported(SESSIONS, &session(json!({}))).await),
            "transaction" => drop(api.reported(TRANSACTIONS, &transaction(json!({}))).await),
            _ => {
                // The setting ends blocks when their users are deleted.
                api.set("block_survives_deletion", "false").await;
                api.enforcement("ada").await.assert(200, &enforcement(None, None));
                create.send().await.body_of(201);
            }
        }
        let user = api.get("/v3/users/ada/").await.json();
        if origin == "setting" {
            assert_eq!((&user["status"], &user["comments"]), (&json!("ACTIVE"), &json!([])));
            continue;
        }
        assert_eq!(user["status"], "BLOCKED", "{origin}");
        assert_eq!(user["comments"].as_array().unwrap().len(), 1, "{origin}");
        let comment = &user["comments"][0];
        assert_eq!(
            (&comment["comment_type"], &comment["comment"]),
            (&json!("COMMENT"), &json!(text))
        );
        assert_eq!(comment["actor_name"], Value::Null);
        assert_eq!(api.enforcement("ada").await.json()["version"], 1);
    }
}
