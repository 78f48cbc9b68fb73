use serde_json::{Value, json};
use users_domain::model::{ActivityKind, KeyKind, Operation, Role};

use super::{NO_PERMISSION, URI, assert_refused, path};
use crate::support::Api;

/// Returns the calls that change a key.
fn changes(uuid: &str) -> [(&'static str, String, Value); 5] {
    [
        ("PATCH", path(uuid), json!({"name": "touched"})),
        ("PATCH", path(uuid), json!({})),
        ("PATCH", path(uuid), json!({"name": 7})),
        ("POST", format!("{}rotate/", path(uuid)), json!({"grace_minutes": 1})),
        ("DELETE", path(uuid), json!({})),
    ]
}

#[actix_web::test]
async fn an_admin_neither_creates_nor_changes_an_owner_key() {
    let api = Api::new().await;
    let (_, admin) = api.new_key("ADMIN").await;
    let (owner, _) = api.new_key("OWNER").await;
    let (reader, _) = api.new_key("READER").await;
    let as_admin = |method: &'static str, uri: String, body: Value| {
        let (api, admin) = (&api, &admin);
        async move { api.as_key(admin, method, &uri, &body).await }
    };
    let new_owner = json!({"name": "x", "role": "OWNER"});
    assert_refused(&as_admin("POST", URI.to_owned(), new_owner).await, 403, NO_PERMISSION);
    let promoted = json!({"role": "OWNER"});
    let reply = as_admin("PATCH", path(&reader), promoted).await;
    assert_refused(&reply, 403, NO_PERMISSION);
    for (method, uri, body) in changes(&owner) {
        let reply = as_admin(method, uri, body).await;
        assert_refused(&reply, 403, NO_PERMISSION);
    }
    tokio::task::yield_now().await;
    let refusals = api.entries(false).into_iter().filter(|entry| {
        (entry.header.kind, entry.header.operation)
            == (ActivityKind::PermissionRefused, Operation::ManageKeys)
    });
    assert!(refusals.count() >= 1, "the refusals are in the trail");
    // An ADMIN key may read an OWNER key.
    assert_eq!(as_admin("GET", path(&owner), json!({})).await.status, 200);
    let before = api.keys().await.len();
    for role in ["ADMIN", "COMPLIANCE_OFFICER", "DEVELOPER", "READER"] {
        let body = json!({"name": "x", "role": role});
        let reply = as_admin("POST", URI.to_owned(), body).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        let uuid = reply.json()["uuid"].as_str().unwrap().to_owned();
        let statuses = [200, 200, 400, 201, 204];
        for ((method, uri, body), status) in changes(&uuid).into_iter().zip(statuses) {
            let reply = as_admin(method, uri, body).await;
            assert_eq!(reply.status, status, "{}", reply.body);
        }
    }
    assert_eq!(api.keys().await.len(), before + 8);
}

#[actix_web::test]
async fn the_api_can_only_revoke_service_keys() {
    let api = Api::new().await;
    let service = api.key(KeyKind::Service).await;
    let keys = api.keys().await;
    let listed = keys.iter().find(|key| key["kind"] == "service").unwrap();
    let uuid = listed["uuid"].as_str().unwrap();
    let admin = api.key(KeyKind::Role(Role::Admin)).await;
    for (key, statuses) in
        [(&admin, [403, 403, 403, 403, 403]), (&api.owner, [403, 403, 403, 403, 204])]
    {
        for ((method, uri, body), status) in changes(uuid).into_iter().zip(statuses) {
            let reply = api.as_key(key, method, &uri, &body).await;
            assert_eq!(reply.status, status, "{method}: {}", reply.body);
        }
    }
    let uri = "/internal/v1/enforcement/ada/";
    let reply = api.as_key(&service, "GET", uri, &json!({})).await;
    assert_eq!(reply.status, 401);
}
