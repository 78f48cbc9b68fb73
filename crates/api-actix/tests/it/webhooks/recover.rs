use serde_json::json;
use testkit::an_event;
use testkit::conformance::{DeliveryRow, InspectQueue as _};
use users_domain::model::UserEvent;
use users_domain::ports::RecoveryStore as _;

use super::{UNKNOWN_ID, URI, a_delivery, no_destination, path};
use crate::support::Api;

#[actix_web::test]
async fn a_recovery_is_accepted_and_its_progress_is_reported() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let event = UserEvent { application: api.application.id, ..an_event() };
    let recorded_at = api.webhooks.store_event(&event);
    let letter = DeliveryRow { event: event.id, event_recorded_at: recorded_at, ..a_delivery() };
    let (owner, dead_at) = (api.stored(&created), super::time("2026-01-01T00:00:00Z"));
    api.webhooks.put_dead_letter(&owner, letter, dead_at).await;

    let body = json!({"since": "2026-01-01", "until": 1});
    let reply = api.post(&path(&created, "recover/"), body).await;
    let shown = reply.json();
    let expected = json!({
        "uuid": shown["uuid"],
        "state": "running",
        "since": "2026-01-01T00:00:00.000000Z",
        "recovered": 0,
        "created_at": shown["created_at"],
        "finished_at": null,
    });
    reply.assert(202, &expected);
    assert_eq!(reply.ignored(), Some("until"));
    let uri = path(&created, &format!("recover/{}/", shown["uuid"].as_str().unwrap()));
    assert_eq!(reply.header("location"), Some(uri.as_str()));
    assert_eq!(api.get(&uri).await.json()["state"], "running");

    while api.webhooks.advance(10).await.unwrap() > 0 {}
    let done = api.get(&uri).await.json();
    assert_eq!((&done["state"], &done["recovered"]), (&json!("finished"), &json!(1)));
    assert!(done["finished_at"].is_string());
    let summary = api.summary(&created).await;
    assert_eq!(summary["last_recovery"], done);
    assert_eq!((&summary["waiting"], &summary["dead_letters"]), (&json!(1), &json!(0)));
}

#[actix_web::test]
async fn a_recovery_requires_a_start_time() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/1").await;
    let uri = path(&created, "recover/");
    let invalid_time =
        "Datetime has wrong format. Use RFC 3339 or a date: YYYY-MM-DDThh:mm:ssZ, YYYY-MM-DD.";
    for (body, message) in [
        (json!({}), "This field is required."),
        (json!({"since": null}), "This field may not be null."),
        (json!({"since": 1_700_000_000}), "Not a valid string."),
        (json!({"since": "yesterday"}), invalid_time),
    ] {
        let reply = api.post(&uri, body.clone()).await;
        reply.assert(400, &json!({ "since": [message] }));
        let unknown = api.post(&format!("{URI}{UNKNOWN_ID}/recover/"), body).await;
        unknown.assert(404, &no_destination());
    }
}
