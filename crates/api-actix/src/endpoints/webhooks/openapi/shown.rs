//! The schemas of destinations, deliveries and recoveries in responses.

use serde_json::{Value, json};
use users_domain::model::webhooks::{
    AttemptOutcome, AttemptTrigger, DestinationSummary, DisabledReason, RecoveryState,
    TransportError,
};

use super::requests::{grace_hours, ordering};
use crate::openapi::schema::{described, or_null, properties, record, reference};
use crate::openapi::text;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("DestinationRow", object("A destination in a list.", row())),
        ("Destination", object("A destination.", destination())),
        ("NewDestination", new_destination()),
        ("DestinationSummary", summary()),
        ("RotatedSecret", rotated()),
        ("Delivery", delivery("An attempt to deliver an event.", &[])),
        ("TestDelivery", test_delivery()),
        ("DeliveryPage", page()),
        ("Recovery", recovery()),
    ]
}

fn object(description: &str, members: Vec<(&'static str, Value)>) -> Value {
    let required: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties(members),
    })
}

fn count(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": description })
}

fn string() -> Value {
    json!({ "type": "string" })
}

fn row() -> Vec<(&'static str, Value)> {
    vec![
        ("uuid", text::uuid()),
        ("label", string()),
        ("url", json!({ "type": "string", "format": "uri" })),
        ("enabled", json!({ "type": "boolean" })),
        ("webhook_version", string()),
        (
            "subscribed_events",
            json!({ "type": "array", "items": string() }),
        ),
        ("subscribed_events_count", count("Subscribed events.")),
        ("deliveries_count", count("The number of attempts.")),
        ("failed_deliveries_count", count("Failed attempts.")),
        (
            "average_response_time_ms",
            or_null(count("The mean duration of all attempts, in milliseconds.")),
        ),
        ("error_rate_percentage", error_rate()),
        (
            "last_delivery_at",
            or_null(described(text::time(), "The time of the latest attempt.")),
        ),
        ("created_at", text::time()),
        ("updated_at", text::time()),
    ]
}

fn destination() -> Vec<(&'static str, Value)> {
    let mut members = row();
    members.extend([
        ("ordering", ordering()),
        (
            "secret_shared_key",
            json!({
                "type": "string",
                "maxLength": 0,
                "description": "Always empty: a secret is shown only when it is created.",
            }),
        ),
        ("summary", reference("DestinationSummary")),
    ]);
    members
}

/// The two forms of a secret.
fn secret() -> [(&'static str, Value); 2] {
    [
        (
            "secret_shared_key",
            json!({
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{43}$",
                "description": "The secret, which is shown only in this response. Its characters are the key of the \
                                `X-Signature` family.",
            }),
        ),
        (
            "standard_secret",
            json!({
                "type": "string",
                "pattern": "^whsec_[A-Za-z0-9+/]{43}=$",
                "description": "The same secret in the form that libraries for Standard Webhooks accept.",
            }),
        ),
    ]
}

fn new_destination() -> Value {
    let mut members = destination();
    members.retain(|(name, _)| *name != "secret_shared_key");
    members.extend(secret());
    object("A new destination, with its secret.", members)
}

fn rotated() -> Value {
    let [shared_key, standard_secret] = secret();
    record(
        "The new secret.",
        [
            ("uuid", described(text::uuid(), "The destination.")),
            shared_key,
            standard_secret,
            ("grace_hours", grace_hours()),
        ],
    )
}

fn error_rate() -> Value {
    json!({
        "type": "integer",
        "minimum": 0,
        "maximum": 100,
        "description": "The percentage of failed attempts, rounded.",
    })
}

/// The totals over all attempts, with the names of the reference API.
fn totals() -> [(&'static str, Value); 7] {
    let milliseconds = |which: &str| or_null(count(&format!("The {which} duration in ms.")));
    [
        ("total_deliveries", count("The number of attempts.")),
        ("failed_deliveries", count("The number of failed attempts.")),
        ("error_rate_percentage", error_rate()),
        ("min_response_time_ms", milliseconds("shortest")),
        ("avg_response_time_ms", milliseconds("mean")),
        ("max_response_time_ms", milliseconds("longest")),
        (
            "last_delivery_at",
            or_null(described(text::time(), "The time of the latest attempt.")),
        ),
    ]
}

fn breaker() -> Value {
    record(
        "The circuit breaker, which delays attempts after repeated failures.",
        [
            (
                "state",
                json!({ "type": "string", "enum": ["closed", "open"] }),
            ),
            (
                "until",
                or_null(described(text::time(), "When the next probe is allowed.")),
            ),
            ("openings", count("The number of consecutive openings.")),
        ],
    )
}

fn failing() -> Value {
    or_null(record(
        "The current series of failures without a success; null if the latest attempt succeeded.",
        [
            ("since", text::time()),
            ("attempts", count("The number of failed attempts.")),
        ],
    ))
}

fn nullable(schema: &str) -> Value {
    json!({ "anyOf": [reference(schema), { "type": "null" }] })
}

fn summary() -> Value {
    let reasons = DisabledReason::ALL.map(|reason| Value::from(reason.as_str()));
    let reasons: Vec<_> = reasons.into_iter().chain([Value::Null]).collect();
    let to = DestinationSummary::COUNTED_TO;
    let now = [
        (
            "waiting",
            count(&format!("Waiting deliveries, counted up to {to}.")),
        ),
        (
            "oldest_waiting_since",
            or_null(described(
                text::time(),
                "Since when the oldest of them has waited.",
            )),
        ),
        (
            "dead_letters",
            count(&format!(
                "The number of finally failed deliveries that were not recovered, counted up to {to}."
            )),
        ),
        ("breaker", breaker()),
        (
            "paused_until",
            or_null(described(
                text::time(),
                "The end of the pause in attempts, which the receiver requested or the breaker caused.",
            )),
        ),
        ("failing", failing()),
        ("last_failure", nullable("Delivery")),
        (
            "disabled_reason",
            json!({
                "enum": reasons,
                "description": "Why the destination is disabled. `client`: a client disabled it. `gone`: the receiver \
                                returned 410. `failing`: deliveries failed for days.",
            }),
        ),
        ("disabled_since", or_null(text::time())),
        ("secret_created_at", text::time()),
        (
            "old_secret_signs_until",
            or_null(described(
                text::time(),
                "Until when an older secret continues to sign.",
            )),
        ),
        ("last_recovery", nullable("Recovery")),
    ];
    let members = totals().into_iter().chain(now).collect();
    object(
        "The statistics of a destination over all time, and its current state.",
        members,
    )
}

/// A schema of an attempt with the additional members `more`.
fn delivery(description: &str, more: &[(&'static str, Value)]) -> Value {
    let errors = TransportError::ALL.map(|error| Value::from(error.as_str()));
    let errors: Vec<_> = errors.into_iter().chain([Value::Null]).collect();
    let mut members = vec![
        ("uuid", text::uuid()),
        (
            "event_id",
            described(text::uuid(), "The `webhook-id`, equal for all attempts."),
        ),
        ("webhook_type", string()),
        (
            "trigger",
            json!({ "type": "string", "enum": AttemptTrigger::ALL.map(AttemptTrigger::as_str) }),
        ),
        (
            "attempt",
            json!({ "type": "integer", "minimum": 1, "description": "The attempt number on the retry schedule, from 1." }),
        ),
        (
            "outcome",
            json!({ "type": "string", "enum": AttemptOutcome::ALL.map(AttemptOutcome::as_str) }),
        ),
        (
            "status_code",
            json!({ "type": ["integer", "null"], "description": "The receiver's status, if it responded." }),
        ),
        (
            "error",
            json!({ "enum": errors, "description": "The transport error; null if there was none." }),
        ),
        ("duration_ms", count("The duration, in milliseconds.")),
        (
            "created_at",
            described(text::time(), "When the attempt ended."),
        ),
        (
            "next_attempt_at",
            or_null(described(text::time(), "When the next attempt is due.")),
        ),
    ];
    members.extend_from_slice(more);
    object(description, members)
}

fn test_delivery() -> Value {
    let excerpt = described(string(), "The beginning of the receiver's response.");
    delivery(
        "The attempt to deliver a test event, and the receiver's response.",
        &[("response_body", excerpt)],
    )
}

fn page() -> Value {
    let link = |description: &str| json!({ "type": ["string", "null"], "format": "uri", "description": description });
    let not_counted = || json!({ "type": "null", "description": "Deliveries are not counted." });
    record(
        "One page of deliveries, newest first.",
        [
            ("count", not_counted()),
            ("count_relation", not_counted()),
            (
                "next",
                link("The URL of the page of older deliveries; null on the last page."),
            ),
            (
                "previous",
                link(
                    "The URL of the page of newer deliveries; only with an offset, as cursors lead from new to old.",
                ),
            ),
            (
                "results",
                json!({ "type": "array", "items": reference("Delivery") }),
            ),
        ],
    )
}

fn recovery() -> Value {
    record(
        "A job that queues finally failed deliveries again.",
        [
            ("uuid", text::uuid()),
            (
                "state",
                json!({ "type": "string", "enum": RecoveryState::ALL.map(RecoveryState::as_str) }),
            ),
            ("since", text::time()),
            (
                "recovered",
                count("The number of deliveries that were queued again."),
            ),
            ("created_at", text::time()),
            ("finished_at", or_null(text::time())),
        ],
    )
}
