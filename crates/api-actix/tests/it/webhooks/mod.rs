//! Tests of the operations on webhook destinations.

mod create;
mod deliveries;
pub(crate) mod read;
mod recover;
mod secrets;
pub(crate) mod sending;
mod update;

use serde_json::{Value, json};
use testkit::conformance::DeliveryRow;
use testkit::{base_time, unique_seed};
use users_domain::model::webhooks::{Attempt, AttemptOutcome, AttemptTrigger, Destination};
use users_domain::model::{
    ApplicationId, AttemptId, DestinationId, EventId, Timestamp, random_uuid,
};
use users_domain::ports::Clock as _;

use crate::support::{Api, Reply, with};

pub(crate) const URI: &str = "/v3/webhook/destinations/";
/// A valid id of no resource.
pub(crate) const UNKNOWN_ID: &str = "0190a1b2-0000-7000-8000-000000000001";

impl Api {
    /// Creates a destination with this URL and returns the response.
    pub(crate) async fn destination(&self, url: &str) -> Value {
        let body =
            json!({"label": "Production", "url": url, "subscribed_events": ["user.data.updated"]});
        self.post(URI, body).await.body_of(201)
    }

    /// The stored destination of a response.
    fn stored(&self, destination: &Value) -> Destination {
        self.webhooks.destination(self.application.id, id_of(destination))
    }

    /// The summary of a destination.
    async fn summary(&self, destination: &Value) -> Value {
        self.get(&path(destination, "")).await.body_of(200)["summary"].clone()
    }

    /// Sends a call without a body to an operation of a destination.
    async fn post_to(&self, destination: &Value, rest: &str) -> Reply {
        self.call("POST", &path(destination, rest)).send().await
    }

    /// Adds an attempt to the log of a destination.
    pub(crate) fn attempt(
        &self,
        destination: &Value,
        change: impl FnOnce(&mut Attempt),
    ) -> Attempt {
        let mut attempt = Attempt {
            application: self.application.id,
            destination: id_of(destination),
            created_at: self.clock.now(),
            ..an_attempt()
        };
        change(&mut attempt);
        self.webhooks.log_attempt(attempt.clone());
        attempt
    }
}

/// A failed attempt with random ids.
fn an_attempt() -> Attempt {
    let id = || random_uuid(base_time(), unique_seed());
    Attempt {
        id: AttemptId::new(id()),
        application: ApplicationId::new(id()),
        destination: DestinationId::new(id()),
        event: EventId::new(id()),
        event_recorded_at: base_time(),
        webhook_type: "user.data.updated".to_owned(),
        trigger: AttemptTrigger::Schedule,
        number: 2,
        status_code: Some(500),
        error: None,
        duration_ms: 30,
        outcome: AttemptOutcome::Failed,
        created_at: base_time(),
        next_attempt_at: None,
    }
}

fn id_of(destination: &Value) -> DestinationId {
    DestinationId::parse(destination["uuid"].as_str().unwrap()).unwrap()
}

/// The path of a destination, followed by `rest`.
pub(crate) fn path(destination: &Value, rest: &str) -> String {
    format!("{URI}{}/{rest}", destination["uuid"].as_str().unwrap())
}

/// A waiting delivery of an unknown event.
fn a_delivery() -> DeliveryRow {
    DeliveryRow {
        queue_seq: 1,
        order_key: 1,
        event: EventId::new(random_uuid(base_time(), unique_seed())),
        event_recorded_at: base_time(),
        attempts_made: 1,
        parked: false,
    }
}

/// An attempt as the API shows it, with these members; by default a delivered resend, with the ids and the time of
/// another attempt.
fn shown_attempt(other: &Value, more: Value) -> Value {
    let attempt = json!({
        "uuid": other["uuid"],
        "event_id": other["event_id"],
        "webhook_type": other["webhook_type"],
        "trigger": "resend",
        "attempt": 1,
        "outcome": "delivered",
        "status_code": 200,
        "error": null,
        "duration_ms": 12,
        "created_at": other["created_at"],
        "next_attempt_at": null,
    });
    with(attempt, more)
}

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn no_destination() -> Value {
    json!({"detail": "Webhook destination not found."})
}
