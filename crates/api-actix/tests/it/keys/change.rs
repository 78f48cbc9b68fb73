use serde_json::{Value, json};

use super::{assert_refused, path};
use crate::support::{Api, with};
use crate::webhooks::UNKNOWN_ID;

#[actix_web::test]
async fn an_update_changes_only_the_fields_sent() {
    let api = Api::new().await;
    let (uuid, key) = api.new_key("READER").await;
    let before = api.get(&path(&uuid)).await.json();
    let change = json!({
        "name": "renamed",
        "role": "DEVELOPER",
        "expires_at": "2030-01-01T00:00:00.000000Z",
        "allowed_ips": ["::/0"],
        "rate_limit_get_per_minute": 7,
        "rate_limit_write_per_minute": 0,
    });
    let sent = with(change.clone(), json!({"prefix": "sk_live_"}));
    let reply = api.patch(&path(&uuid), sent).await;
    reply.assert(200, &with(before.clone(), change));
    assert_eq!(reply.ignored(), Some("prefix"));
    let cleared = json!({
        "expires_at": null,
        "allowed_ips": [],
        "rate_limit_get_per_minute": null,
        "rate_limit_write_per_minute": null,
    });
    let expected = with(before, json!({"name": "renamed", "role": "DEVELOPER"}));
    api.patch(&path(&uuid), cleared).await.assert(200, &expected);
    // An update without a change has no effect.
    api.patch(&path(&uuid), expected.clone()).await.assert(200, &expected);
    assert!(api.accepts(&key).await);
    assert_eq!(api.kinds(), ["KEY_CREATED", "KEY_CHANGED", "KEY_CHANGED"]);
}

#[actix_web::test]
async fn an_update_reports_every_invalid_field() {
    let api = Api::new().await;
    let (uuid, _) = api.new_key("READER").await;
    let wrong = json!({
        "name": null,
        "role": "reader",
        "expires_at": "2020-01-01T00:00:00Z",
        "allowed_ips": null,
        "rate_limit_get_per_minute": true,
    });
    api.patch(&path(&uuid), wrong.clone()).await.assert(
        400,
        &json!({
            "name": ["This field may not be null."],
            "role": ["\"reader\" is not a valid choice."],
            "expires_at": ["Datetime must be in the future."],
            "allowed_ips": ["This field may not be null."],
            "rate_limit_get_per_minute": ["A valid integer is required."],
        }),
    );
    let unknown = api.patch(&path(UNKNOWN_ID), wrong).await;
    assert_refused(&unknown, 404, "API key not found.");
}

#[actix_web::test]
async fn a_revoked_key_is_rejected_and_remains_listed() {
    let api = Api::new().await;
    let (uuid, key) = api.new_key("READER").await;
    assert!(api.accepts(&key).await);
    let reply = api.delete(&path(&uuid)).await;
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (204, ""));
    assert!(!api.accepts(&key).await);
    let listed = api.get(&path(&uuid)).await.json();
    assert_ne!(listed["revoked_at"], Value::Null);
    assert!(api.keys().await.contains(&listed));
    assert_eq!(api.delete(&path(&uuid)).await.status, 204);
    assert_eq!(api.get(&path(&uuid)).await.json(), listed);
    assert_eq!(api.kinds(), ["KEY_CREATED", "KEY_REVOKED"]);
}
