//! Answers to services.

use serde_json::{Value, json};
use users_domain::model::UserStatus;
use users_domain::model::evidence::ReportOutcome;
use users_domain::rules::enforcement::{NewSession, NewTransaction};
use users_domain::service::IngestService;

use crate::internal::ERROR;
use crate::openapi::schema::{described, or_null, properties, record, reference};
use crate::openapi::text;

/// The schemas by name.
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
        "description": "How many of the items are an `error`.",
    });
    record(
        "One result per item.",
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
                "description": "`applied`: it is the newest revision now. `duplicate`: it was known. `stale`: a newer \
                                revision was known. `error`: it was refused, and nothing of it is kept.",
            }),
        ),
        (
            "errors",
            described(reference("FieldErrors"), "Of an `error` alone."),
        ),
        (
            "dropped",
            json!({
                "type": "array",
                "minItems": 1,
                "items": { "type": "string" },
                "description": "What of the item could not be used, by its place, such as `identity.issuing_state`: it was left \
                                out, cut or, as a time too far ahead, taken as now. Not there where there was nothing.",
            }),
        ),
        (
            "user",
            described(
                reference("ReportedUser"),
                "The user after the report; not there where it is gone, and not with an `error`.",
            ),
        ),
    ];
    json!({
        "type": "object",
        "description": "What came of one item.",
        "required": ["outcome"],
        "properties": properties(members),
        "additionalProperties": false,
    })
}

fn reported_user() -> Value {
    record(
        "Which user it is, and where it stands.",
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
    let refusal =
        |told: Value| or_null(record("What to tell the client.", [("vendor_data", told)]));
    record(
        "What a user may begin.",
        [
            (
                "status",
                json!({
                    "enum": status,
                    "description": "Null for a user that is not known. BLOCKED also where the last user of the name was deleted \
                                    BLOCKED and the application keeps blocks.",
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
                    "description": "Of the user that was asked about; null where there is none.",
                }),
            ),
            ("session_error", refusal(text)),
            ("transaction_error", refusal(texts)),
        ],
    )
}
