//! Clients send responses back, also if the current rules would reject their values.

use serde_json::{Value, json};
use testkit::{a_caller, a_user};
use users_domain::model::{ApiKey, DeclaredProfile, DisplayName, Email, KeyKind, Role};
use users_domain::rules::{CreateUser, DefaultLimits};

use crate::support::Api;

/// Creates a user with values that the current rules reject.
async fn earlier_user(api: &Api) {
    let earlier = CreateUser {
        display_name: Some(DisplayName::from_stored("\u{2800}".to_owned())),
        declared: DeclaredProfile {
            emails: vec![Email::from_stored("a@x;b@x".to_owned())],
            ..DeclaredProfile::default()
        },
        ..a_user("ada")
    };
    let owner = a_caller(&api.application, KeyKind::Role(Role::Owner));
    api.users.create(&owner, earlier, None).await.unwrap();
}

#[actix_web::test]
async fn a_user_with_values_of_earlier_rules_can_be_changed() {
    let api = Api::new().await;
    earlier_user(&api).await;
    let uri = "/v3/users/ada/";
    let mut body = api.get(uri).await.json();
    assert_eq!(body["approved_emails"], json!(["a@x;b@x"]));
    body["full_name"] = json!("Ada Lovelace");
    let strict = || api.call("PATCH", uri).header("prefer", "handling=strict");
    for _ in 0..2 {
        body = strict().json(&body).send().await.body_of(200);
        assert_eq!(body["full_name"], "Ada Lovelace");
        assert_eq!(body["approved_emails"], json!(["a@x;b@x"]));
    }
    body["approved_emails"] = json!(["a@x;b@x", "c@x"]);
    body["full_name"] = json!("Ada");
    let expected = json!({"approved_emails": ["Item 1: Enter a valid email address."]});
    strict().json(&body).send().await.assert(400, &expected);
}

#[actix_web::test]
async fn a_key_above_the_current_maximum_can_be_changed() {
    let api = Api::with(|ports| {
        ports.settings.limits = DefaultLimits { reads_per_minute: 100, ..DefaultLimits::NONE };
    })
    .await;
    let earlier = |key: &mut ApiKey| key.limits.reads_per_minute = Some(200);
    api.key_with(&api.application, KeyKind::Role(Role::Reader), earlier).await;
    let keys = api.get("/v3/api-keys/").await.json();
    let keys = keys.as_array().unwrap();
    let key = keys.iter().find(|key| key["rate_limit_get_per_minute"] == 200);
    let mut body = key.unwrap().clone();
    body["name"] = json!("renamed");
    let uri = format!("/v3/api-keys/{}/", body["uuid"].as_str().unwrap());
    let changed = api.patch(&uri, body.clone()).await;
    changed.assert(200, &body);
    body["rate_limit_get_per_minute"] = json!(201);
    assert_eq!(api.patch(&uri, body).await.status, 400);
}

#[actix_web::test]
async fn read_only_members_of_a_strict_request_are_no_errors() {
    let api = Api::new().await;
    let (uuid, _) = api.new_key("READER").await;
    let destination = api.destination("https://example.org/1").await;
    let destination = destination["uuid"].as_str().unwrap();
    for (uri, other) in [
        (format!("/v3/api-keys/{uuid}/"), "prefix"),
        (format!("/v3/webhook/destinations/{destination}/"), "created_at"),
    ] {
        let strict = async |body: &Value| {
            let call = api.call("PATCH", &uri).header("prefer", "handling=strict");
            call.json(body).send().await
        };
        let mut body = api.get(&uri).await.json();
        let reply = strict(&body).await;
        reply.assert(200, &body);
        assert_eq!(reply.ignored(), None);
        body[other] = json!("another");
        let reply = strict(&body).await;
        reply.body_of(200);
        assert_eq!(reply.ignored(), Some(other));
        body["unknown"] = json!(1);
        let expected = json!({"unknown": ["Unknown field."]});
        strict(&body).await.assert(400, &expected);
    }
}

#[actix_web::test]
async fn a_reason_without_an_effect_is_reported() {
    let api = Api::new().await;
    for (name, uri, body) in [
        ("a", "/v3/users/a/", json!({"reason": "why"})),
        ("b", "/v3/users/b/", json!({"reason": "why", "display_name": "B"})),
        ("c", "/v3/users/c/", json!({"reason": "why", "status": "ACTIVE"})),
        ("d", "/v3/users/d/update-status/", json!({"reason": "why", "status": "ACTIVE"})),
    ] {
        api.user(name).await;
        let reply = api.patch(uri, body).await;
        reply.body_of(200);
        assert_eq!(reply.ignored(), Some("reason"), "{uri}");
    }
}
