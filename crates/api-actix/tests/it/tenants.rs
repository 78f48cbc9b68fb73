//! No data of an application is visible to another application: not in a response, a list, a count or an error.

use serde_json::json;

use crate::support::{Api, Reply};
use crate::webhooks::{URI, path};

/// Asserts that a call with the key of another application gets the same response as a call to an API without data.
async fn assert_same_response(
    api: &Api,
    stranger: &str,
    method: &str,
    uri: &str,
    body: Option<&str>,
) {
    let call = |key: &str| {
        let mut call =
            api.anonymous(method, uri).header("x-api-key", key).header("x-request-id", "r");
        if let Some(body) = body {
            call = call.text(body);
        }
        call.send()
    };
    let empty = Api::new().await;
    let fresh = empty.call(method, uri).header("x-request-id", "r");
    let fresh = match body {
        Some(body) => fresh.text(body).send().await,
        None => fresh.send().await,
    };
    let seen = call(stranger).await;
    assert_eq!(shape(&seen), shape(&fresh), "{method} {uri}");
}

fn shape(reply: &Reply) -> (u16, String, Vec<String>) {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    headers.sort();
    (reply.status.as_u16(), reply.body.clone(), headers)
}

#[actix_web::test]
async fn users_of_another_application_are_invisible() {
    let api = Api::new().await;
    let id = api.user("ada").await["didit_internal_id"].clone();
    let hold = format!("/v3/users/by-id/{}/legal-hold/", id.as_str().unwrap());
    let stranger = api.strangers_key().await;
    let delete = json!({"vendor_data_list": ["ada"], "didit_internal_id_list": [id]}).to_string();
    for (method, uri, body) in [
        ("GET", "/v3/users/ada/", None),
        ("GET", "/v3/users/", None),
        ("GET", "/v3/users/?count=exact&search=ada", None),
        ("GET", "/v3/users/?offset=0&limit=1", None),
        ("PATCH", "/v3/users/ada/", Some("{\"display_name\":\"x\"}")),
        ("PATCH", "/v3/users/ada/", Some("{\"display_name\":1}")),
        ("PATCH", "/v3/users/ada/update-status/", Some("{\"status\":\"BLOCKED\"}")),
        ("PATCH", "/v3/users/ada/update-status/", Some("{}")),
        ("GET", "/v3/users/ada/legal-hold/", None),
        ("GET", &hold, None),
        ("DELETE", &hold, None),
        ("POST", "/v3/users/delete/", Some(delete.as_str())),
        ("POST", "/v3/users/delete/", Some("{\"delete_all\":true}")),
    ] {
        assert_same_response(&api, &stranger, method, uri, body).await;
    }
    let user = api.get("/v3/users/ada/").await.json();
    assert_eq!((&user["status"], &user["version"]), (&json!("ACTIVE"), &json!(1)));
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
    let since = since.to_string();
    for (method, uri, body) in [
        ("GET", URI.to_owned(), None),
        ("GET", at(""), None),
        ("PATCH", at(""), Some("{\"label\":\"x\"}")),
        ("PATCH", at(""), Some("{\"label\":1}")),
        ("DELETE", at(""), None),
        ("POST", at("rotate-secret/"), Some("{}")),
        ("POST", at("rotate-secret/"), Some("{\"grace_hours\":-1}")),
        ("POST", at("test/"), None),
        ("GET", at("deliveries/"), None),
        ("GET", at("deliveries/?limit=0"), None),
        ("GET", at(&format!("deliveries/{tested}/")), None),
        ("POST", at(&format!("deliveries/{tested}/resend/")), None),
        ("POST", at("recover/"), Some(since.as_str())),
        ("POST", at("recover/"), Some("{}")),
        ("GET", at(&format!("recover/{recovery}/")), None),
    ] {
        assert_same_response(&api, &stranger, method, &uri, body).await;
    }
    assert_eq!(api.get(&at("")).await.json()["label"], "Production");
    assert_eq!(api.receiver.received().len(), 1, "the test of the owner");
}

#[actix_web::test]
async fn two_applications_may_use_the_same_vendor_data() {
    let api = Api::new().await;
    let ours = api.user("ada").await;
    let stranger = api.strangers_key().await;
    let call = api.anonymous("POST", "/v3/users/create/").header("x-api-key", &stranger);
    let theirs = call.json(&json!({"vendor_data": "ada", "tags": ["vip"]})).send().await;
    assert_eq!(theirs.status, 201);
    assert_ne!(theirs.json()["didit_internal_id"], ours["didit_internal_id"]);
    assert_eq!(api.get("/v3/users/ada/").await.json(), ours);
}
