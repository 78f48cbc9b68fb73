use regex::Regex;
use serde_json::{Value, json};
use users_domain::model::webhooks::WebhookSecret;

use super::{URI, no_destination, path};
use crate::support::Api;

/// Returns both forms of a secret, and asserts that they are well-formed.
fn secret(shown: &Value) -> (String, String) {
    let shared = shown["secret_shared_key"].as_str().unwrap();
    let standard = shown["standard_secret"].as_str().unwrap();
    assert!(Regex::new("^[A-Za-z0-9_-]{43}$").unwrap().is_match(shared));
    assert!(Regex::new("^whsec_[A-Za-z0-9+/]{43}=$").unwrap().is_match(standard));
    let same = shared.replace('-', "+").replace('_', "/");
    assert_eq!(standard, format!("whsec_{same}="), "the same bytes");
    (shared.to_owned(), standard.to_owned())
}

/// Sends a test event and returns the secrets that signed it, newest first.
async fn signing(api: &Api, destination: &Value) -> Vec<String> {
    api.post_to(destination, "test/").await.body_of(200);
    let received = api.receiver.received();
    let secrets = received.last().unwrap().secrets.all();
    secrets.map(|secret: &WebhookSecret| secret.shared_key().to_string()).collect()
}

#[actix_web::test]
async fn a_new_secret_is_returned_once_and_signs() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let (first, _) = secret(&created);
    assert_eq!(signing(&api, &created).await, std::slice::from_ref(&first));
    let rotated = api.post_to(&created, "rotate-secret/").await;
    let (second, _) = secret(&rotated.json());
    assert_ne!(first, second);
    rotated.assert(
        200,
        &json!({
            "uuid": created["uuid"],
            "secret_shared_key": second,
            "standard_secret": rotated.json()["standard_secret"],
            "grace_hours": 24,
        }),
    );
    assert_eq!(rotated.header("cache-control"), Some("no-store"));
    assert_eq!(signing(&api, &created).await, [second, first]);
}

#[actix_web::test]
async fn the_old_secret_signs_until_the_end_of_the_grace_period() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let uri = path(&created, "rotate-secret/");
    api.post(&uri, json!({"grace_hours": 168})).await.body_of(200);
    let summary = api.summary(&created).await;
    assert!(summary["old_secret_signs_until"].is_string());
    assert_ne!(summary["secret_created_at"], created["created_at"]);

    let rotated = api.post(&uri, json!({"grace_hours": 0, "grace": 5})).await;
    assert_eq!(rotated.json()["grace_hours"], 0);
    assert_eq!(rotated.ignored(), Some("grace"));
    let (newest, _) = secret(&rotated.json());
    assert_eq!(signing(&api, &created).await, [newest]);
    assert_eq!(api.summary(&created).await["old_secret_signs_until"], Value::Null);
}

#[actix_web::test]
async fn an_invalid_grace_period_is_refused() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let uri = path(&created, "rotate-secret/");
    let range = "Ensure this value is between 0 and 168.";
    for (hours, message) in [
        (json!(-1), range),
        (json!(169), range),
        (json!(1.5), "A valid integer is required."),
        (json!("24"), "A valid integer is required."),
        (json!(null), "This field may not be null."),
    ] {
        let reply = api.post(&uri, json!({ "grace_hours": hours })).await;
        reply.assert(400, &json!({ "grace_hours": [message] }));
    }
    let unknown = uri.replace(created["uuid"].as_str().unwrap(), super::UNKNOWN_ID);
    let reply = api.post(&unknown, json!({"grace_hours": -1})).await;
    reply.assert(404, &no_destination());
    let (first, _) = secret(&created);
    assert_eq!(signing(&api, &created).await, [first], "nothing was rotated");
}

#[actix_web::test]
async fn no_other_response_contains_a_secret() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let rotated = api.post_to(&created, "rotate-secret/").await.json();
    let secrets = [secret(&created), secret(&rotated)];
    let at = |rest: &str| path(&created, rest);
    let recovery = api.post(&at("recover/"), json!({"since": "2026-01-01"})).await;
    let recover_uri = at(&format!("recover/{}/", recovery.json()["uuid"].as_str().unwrap()));
    let tested = api.post_to(&created, "test/").await;
    let delivery_uri = at(&format!("deliveries/{}/", tested.json()["uuid"].as_str().unwrap()));
    let responses = [
        api.get(URI).await,
        api.get(&at("")).await,
        api.patch(&at(""), json!({"label": "y"})).await,
        api.patch(&at(""), json!({"label": 1})).await,
        api.get(&at("deliveries/")).await,
        api.get(&delivery_uri).await,
        api.get(&recover_uri).await,
        recovery,
        tested,
    ];
    for response in responses {
        for (shared, standard) in &secrets {
            assert!(!response.body.contains(shared), "{}", response.body);
            assert!(!response.body.contains(standard), "{}", response.body);
        }
        assert_eq!(response.header("cache-control"), Some("private, no-cache"));
    }
}
