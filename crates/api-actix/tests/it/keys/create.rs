use regex::Regex;
use serde_json::json;
use users_domain::model::KeyKind;

use super::{URI, assert_refused, path, without_secret};
use crate::support::{Api, with};
use crate::webhooks::UNKNOWN_ID;

#[actix_web::test]
async fn a_new_key_is_returned_once_with_its_secret_and_is_accepted() {
    let api = Api::new().await;
    let body = json!({
        "name": " Büro 'x' ",
        "role": "READER",
        "expires_at": "2030-01-31T12:00:00+02:00",
        "allowed_ips": ["192.0.2.7", "2001:DB8::/32", "192.0.2.7/32"],
        "rate_limit_get_per_minute": 4_294_967_295_u32,
        "rate_limit_write_per_minute": 0,
        "kind": "service",
        "uuid": UNKNOWN_ID,
    });
    let reply = api.post(URI, body).await;
    let shown = reply.json();
    let (uuid, key) = (&shown["uuid"], shown["key"].as_str().unwrap());
    assert!(Regex::new("^sk_live_[A-Za-z0-9_-]{43}$").unwrap().is_match(key));
    reply.assert(
        201,
        &json!({
            "uuid": uuid,
            "name": " Büro 'x' ",
            "kind": "role",
            "role": "READER",
            "prefix": key[..12],
            "created_at": shown["created_at"],
            "expires_at": "2030-01-31T10:00:00.000000Z",
            "last_used_at": null,
            "revoked_at": null,
            "allowed_ips": ["192.0.2.7/32", "2001:db8::/32"],
            "rate_limit_get_per_minute": 4_294_967_295_u32,
            "rate_limit_write_per_minute": 0,
            "key": key,
        }),
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.ignored(), Some("kind, uuid"));
    let location = path(uuid.as_str().unwrap());
    assert_eq!(reply.header("location"), Some(location.as_str()));

    let row = without_secret(shown.clone());
    api.get(&location).await.assert(200, &row);
    assert_eq!(api.keys().await.last(), Some(&row));
    let users = |peer| {
        let call = api.anonymous("GET", "/v3/users/").from(peer);
        call.header("x-api-key", key).send()
    };
    assert_eq!(users("192.0.2.7").await.status, 200);
    assert_eq!(users("192.0.2.8").await.status, 401);
}

#[actix_web::test]
async fn omitted_and_null_fields_set_no_restriction() {
    let api = Api::new().await;
    let body = json!({"name": "x", "role": "ADMIN"});
    let none = json!({
        "expires_at": null, "allowed_ips": [], "rate_limit_get_per_minute": null,
        "rate_limit_write_per_minute": null,
    });
    for body in [body.clone(), with(body, none.clone())] {
        let shown = api.post(URI, body).await.body_of(201);
        assert_eq!(with(shown.clone(), none.clone()), shown);
        assert!(api.accepts(shown["key"].as_str().unwrap()).await);
    }
}

#[actix_web::test]
async fn all_invalid_fields_are_reported_at_once() {
    let api = Api::new().await;
    let required = json!(["This field is required."]);
    let empty = api.post(URI, json!({})).await;
    empty.assert(400, &json!({"name": required, "role": required}));
    let network = "Not a network. Use CIDR notation without bits beyond the prefix, such as 192.0.2.0/24 or 2001:db8::/32.";
    let range = json!(["Ensure this value is between 0 and 4294967295."]);
    let wrong = json!({
        "name": "x".repeat(256),
        "role": "OWNERS",
        "expires_at": "2026-01-01T00:00:00Z",
        "allowed_ips": ["10.1.0.0/8", "::1", 7, "nowhere"],
        "rate_limit_get_per_minute": -1,
        "rate_limit_write_per_minute": 4_294_967_296_u64,
    });
    api.post(URI, wrong).await.assert(
        400,
        &json!({
            "name": ["Ensure this field has no more than 255 characters."],
            "role": ["\"OWNERS\" is not a valid choice."],
            "expires_at": ["Datetime must be in the future."],
            "allowed_ips": [
                format!("Item 1: {network}"),
                "Item 3: Not a valid string.",
                format!("Item 4: {network}"),
            ],
            "rate_limit_get_per_minute": range,
            "rate_limit_write_per_minute": range,
        }),
    );
    let types = json!({
        "name": 7,
        "role": null,
        "expires_at": "2030-01-01",
        "allowed_ips": "10.0.0.0/8",
        "rate_limit_get_per_minute": "60",
        "rate_limit_write_per_minute": 0.5,
    });
    api.post(URI, types).await.assert(
        400,
        &json!({
            "name": ["Not a valid string."],
            "role": ["This field may not be null."],
            "expires_at": ["Datetime has wrong format. Use RFC 3339: YYYY-MM-DDThh:mm:ssZ."],
            "allowed_ips": ["Expected a list of items but got type \"str\"."],
            "rate_limit_get_per_minute": ["A valid integer is required."],
            "rate_limit_write_per_minute": ["A valid integer is required."],
        }),
    );
    let many: Vec<_> = (0..51).map(|last| format!("10.0.0.{last}")).collect();
    let many = json!({"name": " ", "role": "READER", "allowed_ips": many});
    api.post(URI, many).await.assert(
        400,
        &json!({
            "name": ["This field may not be blank."],
            "allowed_ips": ["Ensure this field has no more than 50 elements."],
        }),
    );
    assert_eq!(api.keys().await.len(), 1);
}

#[actix_web::test]
async fn the_list_contains_service_keys_but_no_keys_of_other_applications() {
    let api = Api::new().await;
    let (_, secret) = api.new_key("DEVELOPER").await;
    let service = api.key(KeyKind::Service).await;
    let stranger = api.strangers_key().await;
    let keys = api.keys().await;
    let kinds = keys.iter().map(|key| (key["kind"].as_str().unwrap(), key["role"].as_str()));
    let mut kinds: Vec<_> = kinds.collect();
    kinds.sort_unstable();
    let expected = [("role", Some("DEVELOPER")), ("role", Some("OWNER")), ("service", None)];
    assert_eq!(kinds, expected);
    let text = api.get(URI).await.body;
    for secret in [&secret, &service, &api.owner, &stranger] {
        assert!(!text.contains(secret.as_str()));
    }
    let uuid = keys[0]["uuid"].as_str().unwrap();
    for (method, rest) in [("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "rotate/")] {
        let uri = format!("{}{rest}", path(uuid));
        let reply = api.as_key(&stranger, method, &uri, &json!({})).await;
        assert_refused(&reply, 404, "API key not found.");
    }
    for uri in [path(UNKNOWN_ID), path("x"), path("%FF")] {
        assert_refused(&api.get(&uri).await, 404, "API key not found.");
    }
}
