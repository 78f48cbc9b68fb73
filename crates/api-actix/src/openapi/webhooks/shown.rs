//! Destinations, their deliveries and recoveries, as they are shown.

use serde_json::{Value, json};
use users_domain::model::webhooks::{
    AttemptOutcome, AttemptTrigger, DestinationSummary, DisabledReason, RecoveryState,
    TransportError,
};

use super::requests::{grace_hours, ordering};
use crate::openapi::schema::{described, or_null, properties, record, reference};
use crate::openapi::text;

/// The schemas by name.
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
        ("subscribed_events_count", count("How many these are.")),
        ("deliveries_count", count("Attempts made.")),
        ("failed_deliveries_count", count("Those that failed.")),
        (
            "average_response_time_ms",
            or_null(count("The mean duration of all attempts, in milliseconds.")),
        ),
        ("error_rate_percentage", error_rate()),
        (
            "last_delivery_at",
            or_null(described(text::time(), "The latest attempt.")),
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
                "description": "Empty: a secret is shown when it is made, and never again.",
            }),
        ),
        ("summary", reference("DestinationSummary")),
    ]);
    members
}

/// The two forms of one secret.
fn secret() -> [(&'static str, Value); 2] {
    [
        (
            "secret_shared_key",
            json!({
                "type": "string",
                "pattern": "^[A-Za-z0-9_-]{43}$",
                "description": "Shown this once. Its characters are the key of the `X-Signature` family.",
            }),
        ),
        (
            "standard_secret",
            json!({
                "type": "string",
                "pattern": "^whsec_[A-Za-z0-9+/]{43}=$",
                "description": "The same secret as libraries for Standard Webhooks take it.",
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
        "description": "Failed attempts of all, rounded.",
    })
}

/// The words of the reference for all attempts that were ever made.
fn totals() -> [(&'static str, Value); 7] {
    let milliseconds = |which: &str| or_null(count(&format!("The {which} one, in milliseconds.")));
    [
        ("total_deliveries", count("Attempts made.")),
        ("failed_deliveries", count("Those that failed.")),
        ("error_rate_percentage", error_rate()),
        ("min_response_time_ms", milliseconds("shortest")),
        ("avg_response_time_ms", milliseconds("mean")),
        ("max_response_time_ms", milliseconds("longest")),
        (
            "last_delivery_at",
            or_null(described(text::time(), "The latest attempt.")),
        ),
    ]
}

fn breaker() -> Value {
    record(
        "Whether attempts are held back because they fail.",
        [
            (
                "state",
                json!({ "type": "string", "enum": ["closed", "open"] }),
            ),
            (
                "until",
                or_null(described(text::time(), "When the next probe may be made.")),
            ),
            ("openings", count("How many times in a row it opened.")),
        ],
    )
}

fn failing() -> Value {
    or_null(record(
        "Failures without a success between, where the latest attempt failed.",
        [("since", text::time()), ("attempts", count("How many."))],
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
            count(&format!("Deliveries that wait, counted to {to}.")),
        ),
        (
            "oldest_waiting_since",
            or_null(described(text::time(), "Since when the oldest one waits.")),
        ),
        (
            "dead_letters",
            count(&format!(
                "Deliveries given up on and not recovered, counted to {to}."
            )),
        ),
        ("breaker", breaker()),
        (
            "paused_until",
            or_null(described(
                text::time(),
                "Until when the receiver asked to be left alone, or the breaker holds attempts back.",
            )),
        ),
        ("failing", failing()),
        ("last_failure", nullable("Delivery")),
        (
            "disabled_reason",
            json!({
                "enum": reasons,
                "description": "`client`: turned off by a call. `gone`: the receiver answered 410. `failing`: it \
                                failed for days.",
            }),
        ),
        ("disabled_since", or_null(text::time())),
        ("secret_created_at", text::time()),
        (
            "old_secret_signs_until",
            or_null(described(
                text::time(),
                "Until when an older secret signs along.",
            )),
        ),
        ("last_recovery", nullable("Recovery")),
    ];
    let members = totals().into_iter().chain(now).collect();
    object("How a destination fares: over all time, and now.", members)
}

/// `more` stands beside the members of every attempt.
fn delivery(description: &str, more: &[(&'static str, Value)]) -> Value {
    let errors = TransportError::ALL.map(|error| Value::from(error.as_str()));
    let errors: Vec<_> = errors.into_iter().chain([Value::Null]).collect();
    let mut members = vec![
        ("uuid", text::uuid()),
        (
            "event_id",
            described(text::uuid(), "The same over all attempts: `webhook-id`."),
        ),
        ("webhook_type", string()),
        (
            "trigger",
            json!({ "type": "string", "enum": AttemptTrigger::ALL.map(AttemptTrigger::as_str) }),
        ),
        (
            "attempt",
            json!({ "type": "integer", "minimum": 1, "description": "The how manieth by the schedule." }),
        ),
        (
            "outcome",
            json!({ "type": "string", "enum": AttemptOutcome::ALL.map(AttemptOutcome::as_str) }),
        ),
        (
            "status_code",
            json!({ "type": ["integer", "null"], "description": "The receiver's, if one came." }),
        ),
        (
            "error",
            json!({ "enum": errors, "description": "What went wrong on the way." }),
        ),
        ("duration_ms", count("How long it took, in milliseconds.")),
        ("created_at", described(text::time(), "When it was over.")),
        (
            "next_attempt_at",
            or_null(described(text::time(), "When the next one is due.")),
        ),
    ];
    members.extend_from_slice(more);
    object(description, members)
}

fn test_delivery() -> Value {
    let said = described(string(), "The beginning of the receiver's answer.");
    delivery(
        "The attempt to deliver a test event, and what the receiver said.",
        &[("response_body", said)],
    )
}

fn page() -> Value {
    let link = |description: &str| json!({ "type": ["string", "null"], "format": "uri", "description": description });
    let never = || json!({ "type": "null", "description": "Deliveries are not counted." });
    record(
        "One page of deliveries, newest first.",
        [
            ("count", never()),
            ("count_relation", never()),
            (
                "next",
                link("The page of older ones; null where nothing follows."),
            ),
            (
                "previous",
                link("The page of newer ones, by offset alone: cursors lead from new to old."),
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
        "A job that puts back what was given up on.",
        [
            ("uuid", text::uuid()),
            (
                "state",
                json!({ "type": "string", "enum": RecoveryState::ALL.map(RecoveryState::as_str) }),
            ),
            ("since", text::time()),
            ("recovered", count("How many deliveries were put back.")),
            ("created_at", text::time()),
            ("finished_at", or_null(text::time())),
        ],
    )
}
