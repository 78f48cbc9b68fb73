use serde_json::{Value, json};

use super::{URI, path, without_secret};
use crate::support::{Api, Reply, with};

async fn rotate(api: &Api, uuid: &str, body: Value) -> Reply {
    api.post(&format!("{}rotate/", path(uuid)), body).await
}

#[actix_web::test]
async fn both_keys_are_accepted_until_the_grace_ends() {
    let api = Api::new().await;
    let body = json!({"name": "x", "role": "READER", "rate_limit_get_per_minute": 7});
    let old = api.post(URI, body).await.json();
    let (uuid, old_key) = (old["uuid"].as_str().unwrap(), old["key"].as_str().unwrap());
    let reply = rotate(&api, uuid, json!({"grace_minutes": 90, "grace": 1})).await;
    let new = reply.body_of(201);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.ignored(), Some("grace"));
    let location = path(new["uuid"].as_str().unwrap());
    assert_eq!(reply.header("location"), Some(location.as_str()));
    let mut expected = without_secret(old.clone());
    for name in ["uuid", "prefix", "created_at"] {
        assert_ne!(new[name], old[name], "{name}");
        expected[name] = new[name].clone();
    }
    assert_eq!(without_secret(new.clone()), expected);
    api.get(&location).await.assert(200, &expected);
    let retired = api.get(&path(uuid)).await.json();
    assert_eq!(new["previous"], retired);
    assert_ne!(retired["expires_at"], Value::Null);
    assert_eq!(with(retired, json!({"expires_at": null})), without_secret(old.clone()));

    let new_key = new["key"].as_str().unwrap();
    assert!(api.accepts(old_key).await && api.accepts(new_key).await);
    api.clock.advance(90 * 60_000_000);
    assert!(!api.accepts(old_key).await && api.accepts(new_key).await);
}

#[actix_web::test]
async fn without_grace_the_old_key_is_revoked_at_once() {
    let api = Api::new().await;
    let (uuid, old_key) = api.new_key("READER").await;
    let new = rotate(&api, &uuid, json!({"grace_minutes": 0})).await.json();
    assert_ne!(new["previous"]["revoked_at"], Value::Null);
    assert!(!api.accepts(&old_key).await);
    assert!(api.accepts(new["key"].as_str().unwrap()).await);
    assert_eq!(api.kinds()[1..], ["KEY_ROTATED", "KEY_CREATED"]);
}

#[actix_web::test]
async fn the_default_grace_is_a_day() {
    let api = Api::new().await;
    for body in ["", "{}"] {
        let (uuid, old_key) = api.new_key("READER").await;
        let call = api.call("POST", &format!("{}rotate/", path(&uuid)));
        let call = if body.is_empty() { call } else { call.text(body) };
        call.send().await.body_of(201);
        api.clock.advance(23 * 3_600_000_000);
        assert!(api.accepts(&old_key).await);
        api.clock.advance(3_600_000_000);
        assert!(!api.accepts(&old_key).await);
    }
}

#[actix_web::test]
async fn the_new_key_expires_as_requested_or_like_the_old_key() {
    let api = Api::new().await;
    for (body, expires_at) in [
        (json!({}), json!("2030-01-01T00:00:00.000000Z")),
        (json!({"expires_at": null}), Value::Null),
        (json!({"expires_at": "2040-01-01T00:00:00Z"}), json!("2040-01-01T00:00:00.000000Z")),
    ] {
        let new = json!({"name": "x", "role": "READER", "expires_at": "2030-01-01T00:00:00Z"});
        let old = api.post(URI, new).await.json();
        let rotated = rotate(&api, old["uuid"].as_str().unwrap(), body).await;
        assert_eq!(rotated.json()["expires_at"], expires_at);
    }
}

#[actix_web::test]
async fn all_invalid_fields_are_reported_at_once() {
    let api = Api::new().await;
    let (uuid, old_key) = api.new_key("READER").await;
    let range = json!(["Ensure this value is between 0 and 10080."]);
    for (grace, errors) in [
        (json!(-1), range.clone()),
        (json!(10_081), range),
        (json!("60"), json!(["A valid integer is required."])),
        (json!(null), json!(["This field may not be null."])),
    ] {
        let body = json!({"grace_minutes": grace, "expires_at": "2020-01-01T00:00:00Z"});
        let past = json!(["Datetime must be in the future."]);
        let expected = json!({"grace_minutes": errors, "expires_at": past});
        rotate(&api, &uuid, body).await.assert(400, &expected);
    }
    assert!(api.accepts(&old_key).await);
    assert_eq!(api.keys().await.len(), 2);
}
