//! `PATCH /v3/users/{vendor_data}/update-status/`

use serde_json::{Value, json};

use crate::support::Api;

const URI: &str = "/v3/users/ada/update-status/";

#[actix_web::test]
async fn a_status_change_stores_its_reason() {
    let api = Api::new().await;
    let before = api.user("ada").await;
    let reply = api.patch(URI, json!({"status": "FLAGGED", "reason": "look\ninto it"})).await;
    let user = reply.json();
    let mut expected = before;
    for field in ["updated_at", "last_activity_at"] {
        expected[field] = user["comments"][0]["created_at"].clone();
    }
    expected["status"] = json!("FLAGGED");
    expected["version"] = json!(2);
    expected["comments"] = json!([{
        "uuid": user["comments"][0]["uuid"],
        "comment_type": "STATUS_CHANGED",
        "comment": "look\ninto it",
        "actor_email": null,
        "actor_name": "Test key",
        "previous_status": "ACTIVE",
        "new_status": "FLAGGED",
        "previous_value": user["comments"][0]["previous_value"],
        "new_value": user["comments"][0]["new_value"],
        "changed_fields": ["status"],
        "metadata": null,
        "mentioned_emails": [],
        "created_at": user["updated_at"],
    }]);
    reply.assert(200, &expected);
    assert!(reply.header("etag").unwrap().ends_with("-2\""));
}

#[actix_web::test]
async fn an_update_to_the_current_status_changes_nothing() {
    let api = Api::new().await;
    let before = api.user("ada").await;
    let traces = api.traces();
    let reply = api.patch(URI, json!({"status": "ACTIVE", "reason": "again"})).await;
    reply.assert(200, &before);
    assert_eq!(api.traces(), traces);
    let call = api.call("PATCH", URI).header("if-match", "\"x\"");
    assert_eq!(call.json(&json!({"status": "ACTIVE"})).send().await.status, 412);
}

#[actix_web::test]
async fn invalid_bodies_are_refused_with_errors_by_field() {
    let api = Api::new().await;
    api.user("ada").await;
    let invalid = "Invalid status. Valid options are: ACTIVE, FLAGGED, BLOCKED";
    for (body, errors) in [
        (json!({}), json!({"status": ["This field is required."]})),
        (json!({"status": "active"}), json!({"status": [invalid]})),
        (json!({"status": 1}), json!({"status": [invalid]})),
        (json!({"status": null}), json!({"status": ["This field may not be null."]})),
        (
            json!({"status": "x", "reason": 5}),
            json!({"status": [invalid], "reason": ["Not a valid string."]}),
        ),
        (
            json!({"status": "ACTIVE", "reason": "x".repeat(1001)}),
            json!({"reason": ["Ensure this field has no more than 1000 characters."]}),
        ),
    ] {
        api.patch(URI, body).await.assert(400, &errors);
    }
    let body: Value = json!({"status": "BLOCKED", "reason": null, "typo": 1});
    let reply = api.patch(URI, body).await;
    assert_eq!((reply.status.as_u16(), reply.header("x-ignored-fields")), (200, Some("typo")));
}

#[actix_web::test]
async fn an_empty_reason_counts_as_absent() {
    let api = Api::new().await;
    let mut comments = Vec::new();
    for (name, uri, reason) in [
        ("a", "/v3/users/a/update-status/", json!(null)),
        ("b", "/v3/users/b/update-status/", json!("")),
        ("c", "/v3/users/c/", json!("")),
    ] {
        api.user(name).await;
        let body = json!({"status": "FLAGGED", "reason": reason});
        let reply = api.patch(uri, body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        comments.push(reply.json()["comments"][0]["comment"].clone());
    }
    assert_ne!(comments[0], "");
    assert!(comments.iter().all(|comment| *comment == comments[0]));
}

#[actix_web::test]
async fn a_merge_patch_is_not_accepted_for_a_status_change() {
    let api = Api::new().await;
    api.user("ada").await;
    let call = api.call("PATCH", URI).header("content-type", "application/merge-patch+json");
    let reply = call.bytes(b"{\"status\":\"BLOCKED\"}").send().await;
    reply.assert(415, &json!({"detail": "Unsupported media type. Use application/json."}));
}
