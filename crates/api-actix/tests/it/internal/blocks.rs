//! Tests of blocks that survive the deletion of their users.

use serde_json::{Value, json};

use super::{SESSIONS, TRANSACTIONS, session, transaction};
use crate::support::Api;

async fn blocked_and_deleted(api: &Api) {
    let body = json!({"vendor_data": "ada", "status": "BLOCKED"});
    assert_eq!(api.post("/v3/users/create/", body).await.status, 201);
    delete(api).await;
}

async fn delete(api: &Api) {
    let body = json!({"vendor_data_list": ["ada"]});
    let reply = api.post("/v3/users/delete/", body).await;
    reply.assert(200, &json!({"deleted": 1}));
}

async fn create(api: &Api, more: Value, key: Option<&str>) {
    let mut body = json!({"vendor_data": "ada"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut call = api.call("POST", "/v3/users/create/").json(&body);
    if let Some(key) = key {
        call = call.header("idempotency-key", key);
    }
    assert_eq!(call.send().await.status, 201);
}

/// Returns the status and the text of the comment. Asserts that there is at most one comment.
async fn status_and_comment(api: &Api) -> (Value, Value) {
    let user = api.get("/v3/users/ada/").await.json();
    let comments = user["comments"].as_array().unwrap();
    assert!(comments.len() <= 1);
    for comment in comments {
        assert_eq!(comment["comment_type"], "COMMENT");
        assert_eq!(comment["actor_name"], Value::Null);
    }
    let comment = comments.first().map(|comment| comment["comment"].clone());
    (user["status"].clone(), comment.unwrap_or_default())
}

#[actix_web::test]
async fn a_new_user_with_the_name_of_a_blocked_user_is_blocked() {
    let comment =
        json!("a deleted user with this vendor_data was BLOCKED; the block applies to this user");
    for origin in ["create", "create once", "session", "transaction"] {
        let api = Api::new().await;
        blocked_and_deleted(&api).await;
        let enforcement = api.enforcement("ada").await.json();
        assert_eq!(
            (&enforcement["status"], &enforcement["version"]),
            (&json!("BLOCKED"), &Value::Null)
        );
        assert_eq!(
            (&enforcement["new_session"], &enforcement["new_transaction"]),
            (&json!("declined"), &json!("declined"))
        );
        assert!(
            enforcement["session_error"].is_object()
                && enforcement["transaction_error"].is_object()
        );
        match origin {
            "create" => create(&api, json!({}), None).await,
            "create once" => create(&api, json!({}), Some("key")).await,
            "session" => drop(api.reported(SESSIONS, &session(json!({}))).await),
            _ => drop(api.reported(TRANSACTIONS, &transaction(json!({}))).await),
        }
        assert_eq!(status_and_comment(&api).await, (json!("BLOCKED"), comment.clone()), "{origin}");
        assert_eq!(api.enforcement("ada").await.json()["version"], 1);
    }
}

#[actix_web::test]
async fn a_setting_ends_blocks_when_their_users_are_deleted() {
    let api = Api::new().await;
    blocked_and_deleted(&api).await;
    api.set("block_survives_deletion", "false").await;
    assert_eq!(api.enforcement("ada").await.json()["status"], Value::Null);
    create(&api, json!({}), None).await;
    assert_eq!(status_and_comment(&api).await, (json!("ACTIVE"), Value::Null));
}
