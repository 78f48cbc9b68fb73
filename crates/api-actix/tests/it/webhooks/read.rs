use serde_json::{Value, json};
use testkit::conformance::{DeliveryRow, InspectQueue as _, ShownHealth};
use users_domain::model::webhooks::{
    AttemptOutcome, Breaker, DisabledReason, Failing, TransportError,
};

use super::{UNKNOWN_ID, URI, a_delivery, no_destination, path, time};
use crate::support::{Api, with};

#[actix_web::test]
async fn a_list_has_the_members_of_the_contract_and_is_ordered_by_age() {
    let api = Api::new().await;
    let first = api.destination("https://example.org/1").await;
    let second = api.destination("https://example.org/2").await;
    for outcome in [AttemptOutcome::Delivered, AttemptOutcome::Failed, AttemptOutcome::Delivered] {
        api.attempt(&first, |attempt| {
            attempt.outcome = outcome;
            attempt.created_at = time("2026-02-03T04:05:06Z");
        });
    }
    let row = json!({
        "uuid": first["uuid"],
        "label": "Production",
        "url": "https://example.org/1",
        "enabled": true,
        "webhook_version": "v3",
        "subscribed_events": ["user.data.updated"],
        "subscribed_events_count": 1,
        "deliveries_count": 3,
        "failed_deliveries_count": 1,
        "average_response_time_ms": 30,
        "error_rate_percentage": 33,
        "last_delivery_at": "2026-02-03T04:05:06.000000Z",
        "created_at": first["created_at"],
        "updated_at": first["updated_at"],
    });
    let reply = api.get(&format!("{URI}?limit=1")).await;
    assert_eq!(reply.ignored(), Some("limit"));
    let rows = reply.json();
    assert_eq!(rows[0], row);
    assert_eq!(rows[1]["uuid"], second["uuid"]);
    assert_eq!(rows.as_array().unwrap().len(), 2);
}

#[actix_web::test]
async fn a_detail_has_the_row_an_empty_secret_and_a_summary() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let shown = api.get(&path(&created, "")).await;
    let mut expected = created.clone();
    expected["secret_shared_key"] = json!("");
    expected.as_object_mut().unwrap().remove("standard_secret");
    // The store sets the creation time of a secret.
    expected["summary"]["secret_created_at"] = shown.json()["summary"]["secret_created_at"].clone();
    shown.assert(200, &expected);
    assert_eq!(shown.header("cache-control"), Some("private, no-cache"));
}

#[actix_web::test]
async fn a_summary_reports_the_state_of_a_destination() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let owner = api.stored(&created);
    let (since, until) = (time("2026-01-02T00:00:00Z"), time("2026-01-02T00:15:00Z"));
    api.webhooks.put_delivery(&owner, a_delivery()).await;
    let letter = DeliveryRow { queue_seq: 2, order_key: 2, ..a_delivery() };
    api.webhooks.put_dead_letter(&owner, letter, since).await;
    let failing = Failing { since, attempts: 9, days: 1, latest: since };
    let health = ShownHealth {
        breaker: Breaker::Open { until, openings: 3 },
        paused_until: Some(until),
        failing: Some(failing),
    };
    api.webhooks.set_health(&owner, health).await;
    api.webhooks.disable(&owner, DisabledReason::Failing).await;
    let failed = api.attempt(&created, |attempt| {
        attempt.status_code = None;
        attempt.error = Some(TransportError::TimedOut);
    });

    let shown = api.get(&path(&created, "")).await.json();
    assert_eq!(shown["enabled"], false);
    let summary = shown["summary"].clone();
    let expected = json!({
        "waiting": 1,
        "dead_letters": 1,
        "breaker": {"state": "open", "until": "2026-01-02T00:15:00.000000Z", "openings": 3},
        "paused_until": "2026-01-02T00:15:00.000000Z",
        "failing": {"since": "2026-01-02T00:00:00.000000Z", "attempts": 9},
        "disabled_reason": "failing",
    });
    assert_eq!(with(summary.clone(), expected), summary);
    assert_eq!(summary["last_failure"]["uuid"], failed.id.to_string());
    assert_eq!(summary["last_failure"]["error"], "timed_out");
    assert!(summary["disabled_since"].is_string());
    assert!(summary["oldest_waiting_since"].is_string());
}

#[actix_web::test]
async fn an_unknown_or_malformed_id_is_not_found() {
    let api = Api::new().await;
    for id in [UNKNOWN_ID, "nonsense", "%FF", "1"] {
        for (method, rest, body) in [
            ("GET", "", "{}"),
            ("DELETE", "", "{}"),
            ("GET", "deliveries/", "{}"),
            ("POST", "test/", "{}"),
            ("POST", "rotate-secret/", "{}"),
            ("PATCH", "", "{\"label\":\"y\"}"),
            ("PATCH", "", "{\"label\":7}"),
        ] {
            let call = api.call(method, &format!("{URI}{id}/{rest}")).text(body);
            call.send().await.assert(404, &no_destination());
        }
    }
    let nul = api.get(&format!("{URI}%00/")).await;
    assert_eq!(nul.status, 400);
}

#[actix_web::test]
async fn only_a_delivery_or_recovery_of_the_destination_is_found() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let other = api.destination("https://example.org/2").await;
    let delivery = api.attempt(&created, |_| {}).id.to_string();
    let recovery = api.post(&path(&created, "recover/"), json!({"since": "2026-01-01"})).await;
    let recovery = recovery.json()["uuid"].as_str().unwrap().to_owned();
    for (method, kind, id, rest, message) in [
        ("GET", "deliveries", &delivery, "", "Webhook delivery not found."),
        ("POST", "deliveries", &delivery, "resend/", "Webhook delivery not found."),
        ("GET", "recover", &recovery, "", "Webhook recovery not found."),
    ] {
        let at = |destination: &str, id: &str| format!("{URI}{destination}/{kind}/{id}/{rest}");
        let (uuid, other) = (created["uuid"].as_str().unwrap(), other["uuid"].as_str().unwrap());
        for uri in [at(other, id), at(uuid, UNKNOWN_ID), at(uuid, "x")] {
            let reply = api.call(method, &uri).send().await;
            reply.assert(404, &json!({ "detail": message }));
        }
        api.call(method, &at(UNKNOWN_ID, id)).send().await.assert(404, &no_destination());
    }
    assert!(api.receiver.received().is_empty());
}

#[actix_web::test]
async fn a_deleted_destination_is_not_found_and_its_url_can_be_reused() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let reply = api.delete(&path(&created, "")).await;
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (204, ""));
    api.get(&path(&created, "")).await.assert(404, &no_destination());
    let again = api.delete(&path(&created, "")).await;
    again.assert(404, &no_destination());
    assert_eq!(api.get(URI).await.json(), json!([]));
    let anew = api.destination("https://example.org/1").await;
    assert_ne!(anew["uuid"], created["uuid"]);
}

/// Returns one response for each schema, for the tests of the OpenAPI document.
pub(crate) async fn shown(api: &Api) -> Vec<(&'static str, Value)> {
    let created = api.destination("https://example.org/shown").await;
    let at = |rest: &str| path(&created, rest);
    let rotated = api.post_to(&created, "rotate-secret/").await.json();
    let tested = api.post_to(&created, "test/").await.json();
    let recovery = api.post(&at("recover/"), json!({"since": "2026-01-01"})).await.json();
    let detail = api.get(&at("")).await.json();
    let page = api.get(&at("deliveries/")).await.json();
    vec![
        ("DestinationRow", api.get(URI).await.json()[0].clone()),
        ("DestinationSummary", detail["summary"].clone()),
        ("Destination", detail),
        ("NewDestination", created),
        ("RotatedSecret", rotated),
        ("TestDelivery", tested),
        ("Delivery", page["results"][0].clone()),
        ("DeliveryPage", page),
        ("Recovery", recovery),
    ]
}
