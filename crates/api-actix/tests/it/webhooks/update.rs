use serde_json::{Value, json};
use testkit::conformance::InspectQueue as _;
use users_domain::model::webhooks::DisabledReason;

use super::{URI, a_delivery, path};
use crate::support::{Api, with};

#[actix_web::test]
async fn only_the_members_that_are_sent_change() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let uri = path(&created, "");
    let shown = api.get(&uri).await.json();
    for (name, value) in [
        ("label", json!("Other")),
        ("url", json!("https://example.org/2")),
        ("webhook_version", json!("v1")),
        ("subscribed_events", json!(["transaction.created", "status.updated"])),
        ("ordering", json!("none")),
    ] {
        let before = api.get(&uri).await.json();
        let reply = api.patch(&uri, json!({ name: value })).await;
        let after = reply.json();
        let changes = json!({
            name: value, "updated_at": after["updated_at"],
            "subscribed_events_count": after["subscribed_events_count"],
        });
        assert_ne!(after["updated_at"], before["updated_at"], "{name}");
        reply.assert(200, &with(before, changes));
        assert_eq!(api.get(&uri).await.json(), after);
    }
    assert_eq!(api.get(&uri).await.json()["subscribed_events_count"], 2);
    assert_eq!(api.get(&uri).await.json()["created_at"], shown["created_at"]);
}

#[actix_web::test]
async fn a_destination_is_disabled_and_enabled() {
    let api = Api::new().await;
    let uri = path(&api.destination("https://example.org/1").await, "");
    for (enabled, reason) in [(false, json!("client")), (true, Value::Null)] {
        let shown = api.patch(&uri, json!({ "enabled": enabled })).await.body_of(200);
        assert_eq!(shown["enabled"], enabled);
        assert_eq!(shown["summary"]["disabled_reason"], reason);
        assert_eq!(shown["summary"]["disabled_since"].is_null(), enabled);
    }
}

#[actix_web::test]
async fn waiting_deliveries_are_skipped_only_when_a_destination_is_enabled() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let (owner, uri) = (api.stored(&created), path(&created, ""));
    api.webhooks.put_delivery(&owner, a_delivery()).await;
    api.webhooks.disable(&owner, DisabledReason::Gone).await;

    let alone = api.patch(&uri, json!({"skip_waiting": true})).await;
    assert_eq!(alone.status, 200);
    assert_eq!(alone.ignored(), Some("skip_waiting"));
    assert_eq!(alone.json()["summary"]["waiting"], 1);

    let on = api.patch(&uri, json!({"enabled": true, "skip_waiting": true})).await;
    assert_eq!(on.ignored(), None);
    let summary = &on.json()["summary"];
    assert_eq!((&summary["waiting"], &summary["dead_letters"]), (&json!(0), &json!(1)));
}

/// With and without events, and for every reason for which it can be disabled.
#[actix_web::test]
async fn a_detail_that_is_sent_back_changes_nothing() {
    let api = Api::new().await;
    for reason in [None].into_iter().chain(DisabledReason::ALL.map(Some)) {
        for events in [json!({}), json!({"subscribed_events": ["travel_rule.status.updated"]})] {
            let count = events.as_object().unwrap().len();
            let url = format!("https://example.org/{count}/{reason:?}");
            let body = with(json!({"label": "Any", "url": url}), events);
            let created = api.post(URI, body).await.json();
            let uri = path(&created, "");
            if let Some(reason) = reason {
                api.webhooks.disable(&api.stored(&created), reason).await;
            }
            let shown = api.get(&uri).await.json();
            let reply = api.patch(&uri, shown.clone()).await;
            reply.assert(200, &shown);
            assert_eq!(api.get(&uri).await.json(), shown);
            assert_eq!(reply.ignored(), None);
        }
    }
}

#[actix_web::test]
async fn all_invalid_fields_are_reported_at_once_and_nothing_changes() {
    let api = Api::new().await;
    let uri = path(&api.destination("https://example.org/1").await, "");
    let before = api.get(&uri).await.json();
    let body = json!({
        "label": "",
        "url": "https://127.0.0.1/",
        "enabled": null,
        "webhook_version": "",
        "subscribed_events": [],
        "ordering": 1,
        "skip_waiting": "yes",
    });
    api.patch(&uri, body).await.assert(
        400,
        &json!({
            "label": ["This field may not be blank."],
            "url": ["This address may not be called."],
            "enabled": ["This field may not be null."],
            "webhook_version": ["This field may not be blank."],
            "subscribed_events": ["At least one subscribed event is required."],
            "ordering": ["Not a valid string."],
            "skip_waiting": ["Must be a valid boolean."],
        }),
    );
    assert_eq!(api.get(&uri).await.json(), before);
}
