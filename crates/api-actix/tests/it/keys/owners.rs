use serde_json::json;
use users_domain::model::{ActivityKind, KeyKind, Operation};

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

/// The unit tests of `rules::keys` contain every role and kind of key.
#[actix_web::test]
async fn only_owners_change_owner_keys_and_service_keys_are_only_revoked() {
    let api = Api::new().await;
    let (_, admin) = api.new_key("ADMIN").await;
    let (owner, _) = api.new_key("OWNER").await;
    let (reader, _) = api.new_key("READER").await;
    let mut refused = change(&api, &admin, &owner).await;
    let new_owner = json!({"name": "x", "role": "OWNER"});
    refused.push(api.as_key(&admin, "POST", URI, &new_owner).await);
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
    let permitted = change(&api, &admin, &reader).await;
    assert_eq!(statuses(&permitted), [200, 200, 400, 201, 204]);

    let service = api.key(KeyKind::Service).await;
    let keys = api.keys().await;
    let listed = keys.iter().find(|key| key["kind"] == "service").unwrap();
    let uuid = listed["uuid"].as_str().unwrap();
    assert_eq!(statuses(&change(&api, &admin, uuid).await), [403; 5]);
    assert_eq!(statuses(&change(&api, &api.owner, uuid).await), [403, 403, 403, 403, 204]);
    let uri = "/internal/v1/enforcement/ada/";
    assert_eq!(api.with_key(&service, "GET", uri).send().await.status, 401);
}
