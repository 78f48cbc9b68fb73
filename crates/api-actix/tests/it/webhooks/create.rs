use serde_json::{Value, json};

use super::URI;
use crate::support::Api;

#[actix_web::test]
async fn a_created_destination_is_returned_with_its_secret() {
    let api = Api::new().await;
    let reply = api
        .post(
            URI,
            json!({
                "label": "Production",
                "url": "https://example.org/hook?token=x",
                "enabled": false,
                "webhook_version": "v2",
                "subscribed_events": ["user.status.updated", "business.created", "user.status.updated"],
                "ordering": "none",
            }),
        )
        .await;
    let shown = reply.json();
    let (id, created_at) = (&shown["uuid"], &shown["created_at"]);
    let expected = json!({
        "uuid": id,
        "label": "Production",
        "url": "https://example.org/hook?token=x",
        "enabled": false,
        "webhook_version": "v2",
        "subscribed_events": ["user.status.updated", "business.created"],
        "subscribed_events_count": 2,
        "deliveries_count": 0,
        "failed_deliveries_count": 0,
        "average_response_time_ms": null,
        "error_rate_percentage": 0,
        "last_delivery_at": null,
        "created_at": created_at,
        "updated_at": created_at,
        "ordering": "none",
        "secret_shared_key": shown["secret_shared_key"],
        "standard_secret": shown["standard_secret"],
        "summary": {
            "total_deliveries": 0,
            "failed_deliveries": 0,
            "error_rate_percentage": 0,
            "min_response_time_ms": null,
            "avg_response_time_ms": null,
            "max_response_time_ms": null,
            "last_delivery_at": null,
            "waiting": 0,
            "oldest_waiting_since": null,
            "dead_letters": 0,
            "breaker": {"state": "closed", "until": null, "openings": 0},
            "paused_until": null,
            "failing": null,
            "last_failure": null,
            "disabled_reason": "client",
            "disabled_since": created_at,
            "secret_created_at": created_at,
            "old_secret_signs_until": null,
            "last_recovery": null,
        },
    });
    reply.assert(201, &expected);
    assert_eq!(reply.header("location"), Some(format!("{URI}{}/", id.as_str().unwrap()).as_str()));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("x-ignored-fields"), None);
}

#[actix_web::test]
async fn absent_members_have_defaults() {
    let api = Api::new().await;
    let url = "https://example.org/";
    let shown = api.post(URI, json!({"label": "x", "url": url})).await.json();
    let of = |names: [&str; 5]| names.map(|name| shown[name].clone());
    assert_eq!(
        of([
            "enabled",
            "webhook_version",
            "subscribed_events",
            "subscribed_events_count",
            "ordering"
        ]),
        [json!(true), json!("v3"), json!([]), json!(0), json!("per_user")]
    );
    assert_eq!(shown["summary"]["disabled_reason"], Value::Null);
}

#[actix_web::test]
async fn unknown_members_and_parameters_are_ignored_and_reported() {
    let api = Api::new().await;
    let body = json!({"label": "x", "url": "https://example.org/", "secret_shared_key": "mine", "lable": 1});
    let reply = api.post(&format!("{URI}?x=1"), body).await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.header("x-ignored-fields"), Some("x, lable, secret_shared_key"));
    assert_ne!(reply.json()["secret_shared_key"], "mine");
}

#[actix_web::test]
async fn all_invalid_fields_are_reported_at_once() {
    let api = Api::new().await;
    let body = json!({
        "label": "x".repeat(256),
        "url": "ftp:/example",
        "enabled": "false",
        "webhook_version": 3,
        "subscribed_events": ["foo.bar", "user.data.updated", "baz"],
        "ordering": "strict",
    });
    api.post(URI, body).await.assert(
        400,
        &json!({
            "label": ["Ensure this field has no more than 255 characters."],
            "url": ["Enter a valid URL."],
            "enabled": ["Must be a valid boolean."],
            "webhook_version": ["Not a valid string."],
            "subscribed_events": ["Unsupported webhook events: foo.bar, baz"],
            "ordering": ["\"strict\" is not a valid choice."],
        }),
    );
    api.post(URI, json!({})).await.assert(
        400,
        &json!({"label": ["This field is required."], "url": ["This field is required."]}),
    );
    assert_eq!(api.get(URI).await.json(), json!([]));
}

/// A valid body with this member added or replaced.
fn with(name: &str, value: Value) -> Value {
    let mut body = json!({"label": "x", "url": "https://example.org/"});
    body[name] = value;
    body
}

#[actix_web::test]
async fn each_field_has_specific_error_messages() {
    let api = Api::new().await;
    let null = "This field may not be null.";
    let many: Vec<_> = (0..51).map(|number| format!("business.{number}")).collect();
    let long_name = "é".repeat(200);
    let name_message = format!("Unsupported webhook events: {}…", "é".repeat(100));
    let long_url = format!("https://example.org/{}", "x".repeat(2029));
    for (name, value, message) in [
        ("label", json!(null), null),
        ("label", json!(7), "Not a valid string."),
        ("label", json!(" "), "This field may not be blank."),
        ("label", json!("a\nb"), "Control characters are not allowed."),
        ("url", json!(null), null),
        ("url", json!(["https://example.org/"]), "Not a valid string."),
        ("url", json!(""), "This field may not be blank."),
        ("url", json!(long_url), "Ensure this field has no more than 2048 bytes."),
        ("url", json!("http://example.org/"), "The scheme of this URL is not allowed. Use https."),
        (
            "url",
            json!("https://a:b@example.org/"),
            "A URL with a user name or password is not allowed.",
        ),
        ("url", json!("https://127.0.0.1/"), "This address may not be called."),
        ("enabled", json!(null), null),
        ("enabled", json!(1), "Must be a valid boolean."),
        ("webhook_version", json!(null), null),
        (
            "webhook_version",
            json!("v".repeat(33)),
            "Ensure this field has no more than 32 characters.",
        ),
        ("subscribed_events", json!(null), null),
        ("subscribed_events", json!([]), "At least one subscribed event is required."),
        (
            "subscribed_events",
            json!("user.data.updated"),
            "Expected a list of items but got type \"str\".",
        ),
        (
            "subscribed_events",
            json!({"user.data.updated": 1}),
            "Expected a list of items but got type \"dict\".",
        ),
        ("subscribed_events", json!(["user.data.updated", 7]), "Item 2: Not a valid string."),
        ("subscribed_events", json!(many), "Ensure this field has no more than 50 elements."),
        ("subscribed_events", json!([long_name]), name_message.as_str()),
        ("ordering", json!(null), null),
        ("ordering", json!(true), "Not a valid string."),
        ("ordering", json!("PER_USER"), "\"PER_USER\" is not a valid choice."),
    ] {
        let reply = api.post(URI, with(name, value)).await;
        reply.assert(400, &json!({ name: [message] }));
    }
}
