use serde_json::{Value, json};
use users_domain::model::{ActivityKind, KeyKind, Operation, Role};

use super::{URI, path};
use crate::support::{Api, Reply, run_tasks};

/// Sends each call that changes a key, with this key.
async fn change(api: &Api, key: &str, uuid: &str) -> Vec<Reply> {
    let mut replies = Vec::new();
    for (method, uri, body) in [
        ("PATCH", path(uuid), json!({"name": "touched"})),
        ("PATCH", path(uuid), json!({})),
        ("PATCH", path(uuid), json!({"name": 7})),
        ("POST", format!("{}rotate/", path(uuid)), json!({"grace_minutes": 1})),
        ("DELETE", path(uuid), json!({})),
    ] {
        replies.push(api.as_key(key, method, &uri, &body).await);
    }
    replies
}

fn statuses(replies: &[Reply]) -> Vec<u16> {
    replies.iter().map(|reply| reply.status.as_u16()).collect()
}

#[actix_web::test]
async fn an_admin_neither_creates_nor_changes_an_owner_key() {
    let api = Api::new().await;
    let (_, admin) = api.new_key("ADMIN").await;
    let (owner, _) = api.new_key("OWNER").await;
    let (reader, _) = api.new_key("READER").await;
    let new = |role: &str| json!({"name": "x", "role": role});
    let mut refused = change(&api, &admin, &owner).await;
    refused.push(api.as_key(&admin, "POST", URI, &new("OWNER")).await);
    refused.push(api.as_key(&admin, "PATCH", &path(&reader), &json!({"role": "OWNER"})).await);
    for reply in refused {
        let detail = "You do not have permission to perform this action.";
        reply.assert(403, &json!({ "detail": detail }));
    }
    run_tasks().await;
    let refusal = (ActivityKind::PermissionRefused, Operation::ManageKeys);
    let entries = api.entries(false);
    let mut entries = entries.iter().map(|entry| (entry.header.kind, entry.header.operation));
    assert!(entries.any(|entry| entry == refusal), "the refusals are in the trail");
    // An ADMIN key may read an OWNER key.
    assert_eq!(api.with_key(&admin, "GET", &path(&owner)).send().await.status, 200);
    let before = api.keys().await.len();
    for role in ["ADMIN", "COMPLIANCE_OFFICER", "DEVELOPER", "READER"] {
        let created = api.as_key(&admin, "POST", URI, &new(role)).await.body_of(201);
        let changed = change(&api, &admin, created["uuid"].as_str().unwrap()).await;
        assert_eq!(statuses(&changed), [200, 200, 400, 201, 204], "{role}");
    }
    assert_eq!(api.keys().await.len(), before + 8);
}

#[actix_web::test]
async fn the_api_can_only_revoke_service_keys() {
    let api = Api::new().await;
    let service = api.key(KeyKind::Service).await;
    let keys: Vec<Value> = api.keys().await;
    let listed = keys.iter().find(|key| key["kind"] == "service").unwrap();
    let uuid = listed["uuid"].as_str().unwrap();
    let admin = api.key(KeyKind::Role(Role::Admin)).await;
    assert_eq!(statuses(&change(&api, &admin, uuid).await), [403; 5]);
    assert_eq!(statuses(&change(&api, &api.owner, uuid).await), [403, 403, 403, 403, 204]);
    let uri = "/internal/v1/enforcement/ada/";
    assert_eq!(api.with_key(&service, "GET", uri).send().await.status, 401);
}
