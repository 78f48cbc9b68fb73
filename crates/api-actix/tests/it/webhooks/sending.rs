use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{PlainEncoder, an_event};
use users_domain::model::UserEvent;
use users_domain::model::webhooks::{Attempt, StoredMessage, TransportError};
use users_domain::ports::{EventEncoder as _, MockAttemptLog};

use super::{an_attempt, path, shown_attempt};
use crate::support::Api;

#[actix_web::test]
async fn a_test_returns_the_receivers_response() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/hook").await;
    api.receiver.answers_next(418, "short and stout");
    let reply = api.post_to(&created, "test/").await;
    let shown = reply.json();
    let failed = json!({
        "webhook_type": "webhook.test", "trigger": "test", "outcome": "failed", "status_code": 418,
        "response_body": "short and stout",
    });
    reply.assert(200, &shown_attempt(&shown, failed));
    let received = api.receiver.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].url.as_str(), "https://example.org/hook");
    assert_eq!(json!(received[0].event.to_string()), shown["event_id"]);

    let fine = api.post(&path(&created, "test/"), json!({"event": "x"})).await;
    assert_eq!(fine.json()["outcome"], "delivered");
    assert_eq!(fine.ignored(), Some("event"));
    let row = api.get(super::URI).await.json()[0].clone();
    assert_eq!((&row["deliveries_count"], &row["failed_deliveries_count"]), (&json!(2), &json!(1)));
}

#[actix_web::test]
async fn a_test_without_a_response_returns_the_transport_error() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/hook").await;
    for error in TransportError::ALL {
        api.receiver.fails_next(error);
        let reply = api.post_to(&created, "test/").await;
        assert_eq!(reply.status, 200);
        let shown = reply.json();
        assert_eq!(shown["error"], error.as_str());
        assert_eq!(shown["status_code"], Value::Null);
        assert_eq!(shown["response_body"], "");
    }
}

#[actix_web::test]
async fn concurrent_tests_are_limited_and_logged_after_a_disconnect() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/hook").await;
    let (test, log) = (path(&created, "test/"), path(&created, "deliveries/"));
    api.receiver.holds_back(true);
    for number in 1..=4 {
        tokio::select! {
            biased;
            _ = api.call("POST", &test).send() => panic!("the test ended without a response"),
            () = api.receiver.has_received(number) => {}
        }
    }
    let reply = api.call("POST", &test).send().await;
    assert_eq!(reply.header("retry-after"), Some("1"));
    let message = "The service is not available for the moment. Try again.";
    reply.assert(503, &json!({ "detail": message }));

    api.receiver.holds_back(false);
    let logged = async || api.get(&log).await.json()["results"].as_array().unwrap().len();
    let mut looks = 0;
    while logged().await < 4 {
        looks += 1;
        assert!(looks < 1_000, "the sent events are not logged");
        tokio::task::yield_now().await;
    }
    let reply = api.call("POST", &test).send().await;
    assert_eq!(reply.json()["outcome"], "delivered");
    assert_eq!(api.receiver.received().len(), 5);
}

/// Stores an event and an attempt to deliver it. Returns the path of its resend below the destination.
fn resend_path(api: &Api, destination: &Value) -> String {
    let event = UserEvent { application: api.application.id, ..an_event() };
    let id = event.id;
    let recorded_at = api.webhooks.store_event(&event);
    let attempt = api.attempt(destination, |attempt| {
        attempt.event = id;
        attempt.event_recorded_at = recorded_at;
    });
    format!("deliveries/{}/resend/", attempt.id)
}

#[actix_web::test]
async fn a_resend_sends_the_stored_event() {
    let api = Api::new().await;
    let created = api.destination("https://example.org/hook").await;
    let resend = path(&created, &resend_path(&api, &created));
    let reply = api.call("POST", &resend).send().await;
    let shown = reply.json();
    let expected = shown_attempt(&shown, json!({"event_id": an_event().id.to_string()}));
    reply.assert(200, &expected);
    let event = UserEvent { application: api.application.id, ..an_event() };
    let stored = PlainEncoder.encode(&event).body;
    assert_eq!(api.receiver.received()[0].body, stored);
    let uri = path(&created, &format!("deliveries/{}/", shown["uuid"].as_str().unwrap()));
    api.get(&uri).await.assert(200, &expected);
}

/// An API in which every delivery exists and its event was erased.
pub(crate) async fn erased() -> Api {
    Api::with(|ports| {
        let mut log = MockAttemptLog::new();
        log.expect_find().returning(|application, destination, id| {
            Ok(Some(Attempt { id, application, destination, ..an_attempt() }))
        });
        log.expect_message().returning(|_, event, _| {
            Ok(Some(StoredMessage {
                event,
                webhook_type: "user.data.updated".to_owned(),
                body: None,
                timestamp_offset: 0,
            }))
        });
        ports.webhooks.attempts = Arc::new(log);
    })
    .await
}
