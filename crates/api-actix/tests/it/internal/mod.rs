//! Tests of the internal API: reports and enforcement.

mod bodies;
mod enforcement;
mod fields;
mod left_out;
mod reports;
mod results;

use serde_json::{Value, json};
use users_domain::model::KeyKind;

use crate::support::{Api, Call, Reply, with};

pub(crate) const SESSIONS: &str = "/internal/v1/session-events/";
pub(crate) const TRANSACTIONS: &str = "/internal/v1/transaction-events/";
pub(crate) const RISKS: &str = "/internal/v1/risk-events/";

/// Default time of reported events.
pub(crate) const EARLIER: &str = "2025-12-31T12:00:00Z";

/// Helpers for the internal API.
impl Api {
    /// Returns a call with the key of a service.
    pub(crate) async fn as_service(&self, method: &str, uri: &str) -> Call {
        let key = self.key(KeyKind::Service).await;
        self.with_key(&key, method, uri)
    }

    /// Sends a report.
    pub(crate) async fn report(&self, uri: &str, body: &Value) -> Reply {
        self.as_service("POST", uri).await.json(body).send().await
    }

    /// Sends a report that must succeed, and returns its result.
    pub(crate) async fn reported(&self, uri: &str, body: &Value) -> Value {
        let result = self.report(uri, body).await.rows().remove(0);
        assert_ne!(result["outcome"], "error", "{result}");
        result
    }

    /// Requests the enforcement for this user.
    pub(crate) async fn enforcement(&self, segment: &str) -> Reply {
        let uri = format!("/internal/v1/enforcement/{segment}/");
        self.as_service("GET", &uri).await.send().await
    }
}

/// A report of each kind, and its URI.
fn one_of_each() -> [(&'static str, Value); 3] {
    let none = json!({});
    [
        (SESSIONS, session(none.clone())),
        (TRANSACTIONS, transaction(none.clone())),
        (RISKS, risk(none)),
    ]
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
