//! Consistent examples of request and response bodies.

use serde_json::{Value, json};

use crate::openapi::schema::with;

const ID: &str = "019bf2a0-4c00-7aaa-8bbb-0123456789ab";
const EVENT: &str = "019bf2a1-0d00-7ccc-9ddd-0123456789ab";
const ATTEMPT: &str = "019bf2a1-0e00-7eee-8fff-0123456789ab";
const CREATED_AT: &str = "2026-01-25T09:30:00.000000Z";
const ATTEMPTED_AT: &str = "2026-01-25T09:31:00.250000Z";

fn row() -> Value {
    json!({
        "uuid": ID,
        "label": "Production",
        "url": "https://example.org/webhooks/users",
        "enabled": true,
        "webhook_version": "v3",
        "subscribed_events": ["user.data.updated", "user.status.updated"],
        "subscribed_events_count": 2,
        "deliveries_count": 8,
        "failed_deliveries_count": 1,
        "average_response_time_ms": 120,
        "error_rate_percentage": 13,
        "last_delivery_at": ATTEMPTED_AT,
        "created_at": CREATED_AT,
        "updated_at": CREATED_AT,
    })
}

pub(super) fn rows() -> Value {
    json!([row()])
}

pub(super) fn destination() -> Value {
    let summary = json!({
        "total_deliveries": 8,
        "failed_deliveries": 1,
        "error_rate_percentage": 13,
        "min_response_time_ms": 31,
        "avg_response_time_ms": 120,
        "max_response_time_ms": 402,
        "last_delivery_at": ATTEMPTED_AT,
        "waiting": 0,
        "oldest_waiting_since": null,
        "dead_letters": 0,
        "breaker": { "state": "closed", "until": null, "openings": 0 },
        "paused_until": null,
        "failing": null,
        "last_failure": failed(),
        "disabled_reason": null,
        "disabled_since": null,
        "secret_created_at": CREATED_AT,
        "old_secret_signs_until": null,
        "last_recovery": null,
    });
    with(
        row(),
        [("ordering", json!("per_user")), ("secret_shared_key", json!("")), ("summary", summary)],
    )
}

pub(super) fn new_destination() -> Value {
    let mut destination = destination();
    for name in ["deliveries_count", "failed_deliveries_count"] {
        destination = with(destination, [(name, json!(0))]);
    }
    if let Some(summary) = destination.get_mut("summary") {
        let none = [
            "min_response_time_ms",
            "avg_response_time_ms",
            "max_response_time_ms",
            "last_delivery_at",
            "last_failure",
        ];
        let zero = ["total_deliveries", "failed_deliveries", "error_rate_percentage"];
        let untried = none.map(|name| (name, Value::Null));
        *summary = with(summary.take(), untried);
        *summary = with(summary.take(), zero.map(|name| (name, json!(0))));
    }
    with(
        destination,
        [
            ("error_rate_percentage", json!(0)),
            ("average_response_time_ms", Value::Null),
            ("last_delivery_at", Value::Null),
            ("secret_shared_key", json!(SHARED_KEY)),
            ("standard_secret", json!(STANDARD_SECRET)),
        ],
    )
}

/// An example secret: the bytes 0 to 31.
const SHARED_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const STANDARD_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(super) fn rotated() -> Value {
    json!({
        "uuid": ID,
        "secret_shared_key": SHARED_KEY,
        "standard_secret": STANDARD_SECRET,
        "grace_hours": 48,
    })
}

pub(super) fn failed() -> Value {
    json!({
        "uuid": ATTEMPT,
        "event_id": EVENT,
        "webhook_type": "user.status.updated",
        "trigger": "schedule",
        "attempt": 1,
        "outcome": "failed",
        "status_code": 500,
        "error": null,
        "duration_ms": 250,
        "created_at": ATTEMPTED_AT,
        "next_attempt_at": "2026-01-25T09:31:05.600000Z",
    })
}

pub(super) fn resent() -> Value {
    with(
        failed(),
        [
            ("trigger", json!("resend")),
            ("outcome", json!("delivered")),
            ("status_code", json!(200)),
            ("next_attempt_at", Value::Null),
        ],
    )
}

pub(super) fn tested() -> Value {
    with(
        resent(),
        [
            ("webhook_type", json!("webhook.test")),
            ("trigger", json!("test")),
            ("response_body", json!("ok")),
        ],
    )
}

pub(super) fn recovery() -> Value {
    json!({
        "uuid": "019bf2a2-0000-7abc-8def-0123456789ab",
        "state": "running",
        "since": "2026-01-25T00:00:00.000000Z",
        "recovered": 0,
        "created_at": ATTEMPTED_AT,
        "finished_at": null,
    })
}
