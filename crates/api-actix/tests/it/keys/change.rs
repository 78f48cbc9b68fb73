use serde_json::{Value, json};

use super::{assert_refused, path};
use crate::support::Api;

const ENDED: &str = "The API key was revoked or has expired. Create a new one.";

/// Returns the kinds of the audit entries about keys.
fn kinds(api: &Api) -> Vec<&'static str> {
    let entries = api.entries(false);
    let kinds = entries.iter().map(|entry| entry.header.kind.as_str());
    kinds.collect()
}

#[actix_web::test]
async fn an_update_changes_only_the_fields_sent() {
    let api = Api::new().await;
    let (uuid, key) = api.new_key("READER").await;
    let before = api.get(&path(&uuid)).await.json();
    let change = json!({
        "name": "renamed",
        "role": "DEVELOPER",
        "expires_at": "2030-01-01T00:00:00Z",
        "allowed_ips": ["::/0"],
        "rate_limit_get_per_minute": 7,
        "rate_limit_write_per_minute": 0,
        "prefix": "sk_live_",
    });
    let reply = api.patch(&path(&uuid), change).await;
    let mut after = before.clone();
    for (name, value) in [
        ("name", json!("renamed")),
        ("role", json!("DEVELOPER")),
        ("expires_at", json!("2030-01-01T00:00:00.000000Z")),
        ("allowed_ips", json!(["::/0"])),
        ("rate_limit_get_per_minute", json!(7)),
        ("rate_limit_write_per_minute", json!(0)),
    ] {
        after[name] = value;
    }
    reply.assert(200, &after);
    assert_eq!(reply.header("x-ignored-fields"), Some("prefix"));
    let cleared = json!({
        "expires_at": null,
        "allowed_ips": [],
        "rate_limit_get_per_minute": null,
        "rate_limit_write_per_minute": null,
    });
    let mut cleared_key = before.clone();
    cleared_key["name"] = json!("renamed");
    cleared_key["role"] = json!("DEVELOPER");
    api.patch(&path(&uuid), cleared).await.assert(200, &cleared_key);
    // An update without a change has no effect.
    let same = cleared_key.clone();
    api.patch(&path(&uuid), same).await.assert(200, &cleared_key);
    assert!(api.accepts(&key).await);
    assert_eq!(kinds(&api), ["KEY_CREATED", "KEY_CHANGED", "KEY_CHANGED"]);
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
    let unknown = api.patch(&path(crate::webhooks::UNKNOWN_ID), wrong).await;
    assert_refused(&unknown, 404, "API key not found.");
}

#[actix_web::test]
async fn a_revoked_key_is_rejected_and_remains_listed() {
    let api = Api::new().await;
    let (uuid, key) = api.new_key("READER").await;
    assert!(api.accepts(&key).await);
    let revoke = || api.call("DELETE", &path(&uuid)).send();
    let reply = revoke().await;
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (204, ""));
    assert!(!api.accepts(&key).await);
    let listed = api.get(&path(&uuid)).await.json();
    assert_ne!(listed["revoked_at"], Value::Null);
    assert!(api.keys().await.contains(&listed));
    assert_eq!(revoke().await.status, 204);
    assert_eq!(api.get(&path(&uuid)).await.json(), listed);
    assert_eq!(kinds(&api), ["KEY_CREATED", "KEY_REVOKED"]);
    let renamed = api.patch(&path(&uuid), json!({"name": "x"})).await;
    assert_refused(&renamed, 409, ENDED);
}
