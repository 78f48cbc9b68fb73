//! No data of an application is visible to another application: not in a response, a list, a count or an error.

use serde_json::{Value, json};

use crate::support::{Api, Reply};
use crate::webhooks::{URI, path};

/// Asserts that a call with the key of another application gets the same response as a call to an API without data.
async fn assert_same_response(api: &Api, stranger: &str, method: &str, uri: &str, body: &Value) {
    let empty = Api::new().await;
    let [seen, fresh] = [(api, stranger), (&empty, &empty.owner)].map(|(api, key)| {
        let call = api.with_key(key, method, uri).header("x-request-id", "r");
        if body.is_null() { call.send() } else { call.json(body).send() }
    });
    assert_eq!(shape(&seen.await), shape(&fresh.await), "{method} {uri}");
}

fn shape(reply: &Reply) -> (u16, String, Vec<String>) {
    let headers = reply.headers.iter();
    let headers = headers.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
    let mut headers: Vec<_> = headers.collect();
    headers.sort();
    (reply.status.as_u16(), reply.body.clone(), headers)
}

#[actix_web::test]
async fn users_of_another_application_are_invisible() {
    let api = Api::new().await;
    let user = api.user("ada").await;
    let id = user["didit_internal_id"].as_str().unwrap();
    let hold = format!("/v3/users/by-id/{id}/legal-hold/");
    let stranger = api.strangers_key().await;
    let delete = json!({"vendor_data_list": ["ada"], "didit_internal_id_list": [id]});
    for (method, uri, body) in [
        ("GET", "/v3/users/ada/", Value::Null),
        ("GET", "/v3/users/", Value::Null),
        ("GET", "/v3/users/?count=exact&search=ada", Value::Null),
        ("GET", "/v3/users/?offset=0&limit=1", Value::Null),
        ("PATCH", "/v3/users/ada/", json!({"display_name": "x"})),
        ("PATCH", "/v3/users/ada/", json!({"display_name": 1})),
        ("PATCH", "/v3/users/ada/update-status/", json!({"status": "BLOCKED"})),
        ("PATCH", "/v3/users/ada/update-status/", json!({})),
        ("GET", "/v3/users/ada/legal-hold/", Value::Null),
        ("GET", &hold, Value::Null),
        ("DELETE", &hold, Value::Null),
        ("POST", "/v3/users/delete/", delete),
        ("POST", "/v3/users/delete/", json!({"delete_all": true})),
    ] {
        assert_same_response(&api, &stranger, method, uri, &body).await;
    }
    assert_eq!(api.get("/v3/users/ada/").await.json(), user);
    // Both applications may use the same vendor_data.
    let call = api.with_key(&stranger, "POST", "/v3/users/create/");
    let theirs = call.json(&json!({"vendor_data": "ada", "tags": ["vip"]})).send().await;
    assert_ne!(theirs.body_of(201)["didit_internal_id"], user["didit_internal_id"]);
    assert_eq!(api.get("/v3/users/ada/").await.json(), user);
}

#[actix_web::test]
async fn destinations_of_another_application_are_invisible() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let at = |rest: &str| path(&created, rest);
    let shown = |reply: Reply| reply.json()["uuid"].as_str().unwrap().to_owned();
    let tested = shown(api.call("POST", &at("test/")).send().await);
    let since = json!({"since": "2026-01-01"});
    let recovery = shown(api.post(&at("recover/"), since.clone()).await);
    let stranger = api.strangers_key().await;
    for (method, uri, body) in [
        ("GET", URI.to_owned(), Value::Null),
        ("GET", at(""), Value::Null),
        ("PATCH", at(""), json!({"label": "x"})),
        ("PATCH", at(""), json!({"label": 1})),
        ("DELETE", at(""), Value::Null),
        ("POST", at("rotate-secret/"), json!({})),
        ("POST", at("rotate-secret/"), json!({"grace_hours": -1})),
        ("POST", at("test/"), Value::Null),
        ("GET", at("deliveries/"), Value::Null),
        ("GET", at("deliveries/?limit=0"), Value::Null),
        ("GET", at(&format!("deliveries/{tested}/")), Value::Null),
        ("POST", at(&format!("deliveries/{tested}/resend/")), Value::Null),
        ("POST", at("recover/"), since),
        ("POST", at("recover/"), json!({})),
        ("GET", at(&format!("recover/{recovery}/")), Value::Null),
    ] {
        assert_same_response(&api, &stranger, method, &uri, &body).await;
    }
    assert_eq!(api.get(&at("")).await.json()["label"], "Production");
    assert_eq!(api.receiver.received().len(), 1, "the test of the owner");
}
