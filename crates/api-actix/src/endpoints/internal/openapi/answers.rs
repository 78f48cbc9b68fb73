//! The schemas of responses to services.

use serde_json::{Value, json};
use users_domain::model::UserStatus;
use users_domain::model::evidence::ReportOutcome;
use users_domain::rules::enforcement::{NewSession, NewTransaction};
use users_domain::service::IngestService;

use crate::endpoints::internal::ERROR;
use crate::openapi::schema::{described, or_null, properties, record, reference};
use crate::openapi::text;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("ReportResults", results()),
        ("ReportResult", result()),
        ("ReportedUser", reported_user()),
        ("Enforcement", enforcement()),
    ]
}

fn results() -> Value {
    let results = json!({
        "type": "array",
        "maxItems": IngestService::MAX_REPORTS,
        "items": reference("ReportResult"),
    });
    let errors = json!({
        "type": "integer",
        "minimum": 0,
        "maximum": IngestService::MAX_REPORTS,
        "description": "The number of items with the outcome `error`.",
    });
    record(
        "The results, one for each item in order.",
        [("results", results), ("errors", errors)],
    )
}

fn result() -> Value {
    let receipts = [
        ReportOutcome::Applied,
        ReportOutcome::Duplicate,
        ReportOutcome::Stale,
    ]
    .map(ReportOutcome::as_str);
    let outcomes: Vec<_> = receipts.into_iter().chain([ERROR]).collect();
    let members = vec![
        (
            "outcome",
            json!({
                "type": "string",
                "enum": outcomes,
                "description": "The outcome of the item. `applied`: the report is now the newest revision. \
                                `duplicate`: the report was known. `stale`: a newer revision was known. `error`: the \
                                report was rejected, and nothing of it is stored.",
            }),
        ),
        (
            "errors",
            described(
                reference("FieldErrors"),
                "The field errors; present only with the outcome `error`.",
            ),
        ),
        (
            "dropped",
            json!({
                "type": "array",
                "minItems": 1,
                "items": { "type": "string" },
                "description": "The names of members that could not be used as sent, such as `identity.issuing_state`: \
                                they were left out or shortened, or, for a time too far ahead, replaced by the current \
                                time. Absent if there are none.",
            }),
        ),
        (
            "user",
            described(
                reference("ReportedUser"),
                "The user after the report; absent if the user no longer exists, and with the outcome `error`.",
            ),
        ),
    ];
    json!({
        "type": "object",
        "description": "The result of one item.",
        "required": ["outcome"],
        "properties": properties(members),
        "additionalProperties": false,
    })
}

fn reported_user() -> Value {
    record(
        "The user of a report.",
        [
            ("didit_internal_id", text::uuid()),
            ("vendor_data", json!({ "type": "string" })),
            ("status", reference("UserStatus")),
            ("version", json!({ "type": "integer", "minimum": 1 })),
        ],
    )
}

fn enforcement() -> Value {
    let sessions = [
        NewSession::Normal,
        NewSession::InReview,
        NewSession::Declined,
    ];
    let transactions = [
        NewTransaction::Normal,
        NewTransaction::Escalate,
        NewTransaction::Declined,
    ];
    let status: Vec<_> = UserStatus::ALL
        .iter()
        .map(|status| Some(status.as_str()))
        .chain([None])
        .collect();
    let text = json!({ "type": "string" });
    let texts = json!({ "type": "array", "minItems": 1, "items": text });
    let refusal = |message: Value| {
        or_null(record(
            "The error to return to the client; null if there is none.",
            [("vendor_data", message)],
        ))
    };
    record(
        "The sessions and transactions that a user may start.",
        [
            (
                "status",
                json!({
                    "enum": status,
                    "description": "The status of the user; null for an unknown user. It is also BLOCKED if the last \
                                    user with this `vendor_data` was BLOCKED when deleted and the application keeps \
                                    blocks.",
                }),
            ),
            (
                "new_session",
                json!({ "type": "string", "enum": sessions.map(NewSession::as_str) }),
            ),
            (
                "new_transaction",
                json!({ "type": "string", "enum": transactions.map(NewTransaction::as_str) }),
            ),
            (
                "version",
                json!({
                    "type": ["integer", "null"],
                    "minimum": 1,
                    "description": "The version of the user; null for an unknown user.",
                }),
            ),
            ("session_error", refusal(text)),
            ("transaction_error", refusal(texts)),
        ],
    )
}
