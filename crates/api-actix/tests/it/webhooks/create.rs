use serde_json::{Value, json};

use super::URI;
use crate::support::{Api, with};

#[actix_web::test]
async fn a_created_destination_is_returned_with_its_secret() {
    let api = Api::new().await;
    let sent = json!({
        "label": "Production",
        "url": "https://example.org/hook?token=x",
        "enabled": false,
        "webhook_version": "v2",
        "subscribed_events": ["user.status.updated", "business.created"],
        "ordering": "none",
    });
    let twice = json!({
        "subscribed_events": ["user.status.updated", "business.created", "user.status.updated"],
    });
    let reply = api.post(URI, with(sent.clone(), twice)).await;
    let shown = reply.json();
    let (id, created_at) = (&shown["uuid"], &shown["created_at"]);
    let expected = json!({
        "uuid": id,
        "subscribed_events_count": 2,
        "deliveries_count": 0,
        "failed_deliveries_count": 0,
        "average_response_time_ms": null,
        "error_rate_percentage": 0,
        "last_delivery_at": null,
        "created_at": created_at,
        "updated_at": created_at,
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
    reply.assert(201, &with(sent, expected));
    assert_eq!(reply.header("location"), Some(format!("{URI}{}/", id.as_str().unwrap()).as_str()));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.ignored(), None);
}

#[actix_web::test]
async fn absent_members_have_defaults() {
    let api = Api::new().await;
    let url = "https://example.org/";
    let shown = api.post(URI, json!({"label": "x", "url": url})).await.body_of(201);
    let defaults = json!({
        "enabled": true, "webhook_version": "v3", "subscribed_events": [], "subscribed_events_count": 0,
        "ordering": "per_user",
    });
    assert_eq!(with(shown.clone(), defaults), shown);
    assert_eq!(shown["summary"]["disabled_reason"], Value::Null);
}

#[actix_web::test]
async fn unknown_members_and_parameters_are_ignored_and_reported() {
    let api = Api::new().await;
    let body = json!({"label": "x", "url": "https://example.org/", "secret_shared_key": "mine", "lable": 1});
    let reply = api.post(&format!("{URI}?x=1"), body).await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.ignored(), Some("x, lable, secret_shared_key"));
    assert_ne!(reply.json()["secret_shared_key"], "mine");
}

#[actix_web::test]
async fn each_field_has_specific_error_messages() {
    const NULL: &str = "This field may not be null.";
    const NO_TEXT: &str = "Not a valid string.";
    const NO_BOOLEAN: &str = "Must be a valid boolean.";
    const BLANK: &str = "This field may not be blank.";
    let api = Api::new().await;
    let required = json!(["This field is required."]);
    let empty = api.post(URI, json!({})).await;
    empty.assert(400, &json!({"label": required, "url": required}));
    let list = |name| format!("Expected a list of items but got type \"{name}\".");
    let characters = |max| format!("Ensure this field has no more than {max} characters.");
    let events = |names: &str| format!("Unsupported webhook events: {names}");
    let many: Vec<_> = (0..51).map(|number| format!("business.{number}")).collect();
    let long_url = format!("https://example.org/{}", "x".repeat(2029));
    // Each column is sent at once.
    for fields in [
        [
            ("label", json!(null), NULL),
            ("url", json!(null), NULL),
            ("enabled", json!(null), NULL),
            ("webhook_version", json!(null), NULL),
            ("subscribed_events", json!(null), NULL),
            ("ordering", json!(null), NULL),
        ],
        [
            ("label", json!(7), NO_TEXT),
            ("url", json!(["https://example.org/"]), NO_TEXT),
            ("enabled", json!(1), NO_BOOLEAN),
            ("webhook_version", json!(3), NO_TEXT),
            ("subscribed_events", json!("user.data.updated"), &list("str")),
            ("ordering", json!(true), NO_TEXT),
        ],
        [
            ("label", json!(" "), BLANK),
            ("url", json!(""), BLANK),
            ("enabled", json!("false"), NO_BOOLEAN),
            ("webhook_version", json!("v".repeat(33)), &characters(32)),
            ("subscribed_events", json!([]), "At least one subscribed event is required."),
            ("ordering", json!("PER_USER"), "\"PER_USER\" is not a valid choice."),
        ],
        [
            ("label", json!("x".repeat(256)), &characters(255)),
            ("url", json!("ftp:/example"), "Enter a valid URL."),
            ("enabled", json!([]), NO_BOOLEAN),
            ("webhook_version", json!(" "), BLANK),
            (
                "subscribed_events",
                json!(["foo.bar", "user.data.updated", "baz"]),
                &events("foo.bar, baz"),
            ),
            ("ordering", json!("strict"), "\"strict\" is not a valid choice."),
        ],
    ] {
        let body: Value = fields.iter().map(|(name, value, _)| (*name, value.clone())).collect();
        let errors: Value = fields.iter().map(|(name, _, text)| (*name, json!([text]))).collect();
        api.post(URI, body).await.assert(400, &errors);
    }
    for (name, value, message) in [
        ("label", json!("a\nb"), "Control characters are not allowed."),
        ("url", json!(long_url), "Ensure this field has no more than 2048 bytes."),
        ("url", json!("http://x.org/"), "The scheme of this URL is not allowed. Use https."),
        ("url", json!("https://a:b@x/"), "A URL with a user name or password is not allowed."),
        ("url", json!("https://127.0.0.1/"), "This address may not be called."),
        ("subscribed_events", json!({"user.data.updated": 1}), &list("dict")),
        ("subscribed_events", json!(["user.data.updated", 7]), "Item 2: Not a valid string."),
        ("subscribed_events", json!(many), "Ensure this field has no more than 50 elements."),
        ("subscribed_events", json!(["é".repeat(200)]), &events(&format!("{}…", "é".repeat(100)))),
    ] {
        let valid = json!({"label": "x", "url": "https://example.org/"});
        let reply = api.post(URI, with(valid, json!({ name: value }))).await;
        reply.assert(400, &json!({ name: [message] }));
    }
    assert_eq!(api.get(URI).await.json(), json!([]));
}
