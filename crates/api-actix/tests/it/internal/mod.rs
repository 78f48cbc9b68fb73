//! Tests of the internal API: reports and enforcement.

mod blocks;
mod bodies;
mod enforcement;
mod failures;
mod fields;
mod left_out;
mod recorded_errors;
mod reports;
mod results;

use serde_json::{Value, json};
use users_domain::model::{KeyKind, Setting};
use users_domain::ports::{ApplicationStore, Clock as _};
use users_domain::rules::settings_entry;

use crate::support::{Api, Call, Reply};

pub(crate) const SESSIONS: &str = "/internal/v1/session-events/";
pub(crate) const TRANSACTIONS: &str = "/internal/v1/transaction-events/";
pub(crate) const RISKS: &str = "/internal/v1/risk-events/";

/// Default time of reported events.
pub(crate) const EARLIER: &str = "2025-12-31T12:00:00Z";

/// Helpers for the internal API.
impl Api {
    /// Returns a call with the key of a service.
    pub(crate) async fn as_service(&self, method: &str, uri: &str) -> Call<'_> {
        let key = self.key(KeyKind::Service).await;
        self.anonymous(method, uri).header("x-api-key", &key)
    }

    /// Changes a setting of the application.
    pub(crate) async fn set(&self, name: &str, value: &str) {
        let context = testkit::an_operators_context(self.clock.now());
        let application = ApplicationStore::find(&*self.store, self.application.id);
        let application = application.await.unwrap().unwrap();
        let before = application.settings;
        let after = before.with(Setting::parse(name, value).unwrap());
        let entry = settings_entry(&application, &after, &context);
        let replaced = self.store.replace_settings(application.id, before, after, entry);
        assert!(replaced.await.unwrap());
    }

    /// Sends a report.
    pub(crate) async fn report(&self, uri: &str, body: &Value) -> Reply {
        self.as_service("POST", uri).await.json(body).send().await
    }

    /// Sends a report that must succeed, and returns its result.
    pub(crate) async fn reported(&self, uri: &str, body: &Value) -> Value {
        let reply = self.report(uri, body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let result = reply.json()["results"][0].clone();
        assert_ne!(result["outcome"], "error", "{result}");
        result
    }

    /// Requests the enforcement for this user.
    pub(crate) async fn enforcement(&self, segment: &str) -> Reply {
        let uri = format!("/internal/v1/enforcement/{segment}/");
        self.as_service("GET", &uri).await.send().await
    }
}

/// Returns the first revision of a session of `ada`, with members added or replaced.
pub(crate) fn session(more: Value) -> Value {
    with(
        json!({
            "session_id": "s-1", "vendor_data": "ada", "revision": 1, "status": "In Progress",
            "occurred_at": EARLIER,
        }),
        more,
    )
}

/// Returns the first revision of a transaction of `ada`, with members added or replaced.
pub(crate) fn transaction(more: Value) -> Value {
    with(
        json!({
            "transaction_id": "t-1", "vendor_data": "ada", "revision": 1, "status": "APPROVED",
            "occurred_at": EARLIER,
        }),
        more,
    )
}

/// Returns a risk event about `ada`, with members added or replaced.
pub(crate) fn risk(more: Value) -> Value {
    with(json!({"event_id": "r-1", "vendor_data": "ada", "kind": "ongoing_aml"}), more)
}

fn with(mut object: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("{more} is not an object");
    };
    object.as_object_mut().unwrap().extend(more);
    object
}
