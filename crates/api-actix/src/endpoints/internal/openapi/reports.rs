//! The schemas of reports.

use serde_json::{Value, json};
use users_domain::model::evidence::{
    Revision, RiskEventId, RiskKind, RuleAction, SessionId, SessionRevision, SessionStatus,
    TransactionId, TransactionStatus,
};
use users_domain::model::{FullName, Phone};
use users_domain::service::IngestService;

use crate::openapi::schema::{described, object, or_null, properties, reference};
use crate::openapi::text;

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("SessionEvents", one_or_several("SessionEvent")),
        ("SessionEvent", session()),
        ("Identity", identity()),
        ("TransactionEvents", one_or_several("TransactionEvent")),
        ("TransactionEvent", transaction()),
        ("RiskEvents", one_or_several("RiskEvent")),
        ("RiskEvent", risk()),
    ]
}

fn one_or_several(item: &str) -> Value {
    json!({
        "description": "One report, or an array of reports.",
        "anyOf": [
            reference(item),
            {
                "type": "array",
                "maxItems": IngestService::MAX_REPORTS,
                "items": reference(item),
            },
        ],
    })
}

fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "type": "string", "enum": words.into_iter().collect::<Vec<_>>() })
}

fn list(entry: &Value, description: &str) -> Value {
    json!({
        "type": ["array", "null"],
        "maxItems": SessionRevision::MAX_LIST_ENTRIES,
        "items": entry,
        "description": description,
    })
}

/// The members that reports of sessions and transactions share.
fn revision() -> [(&'static str, Value); 3] {
    [
        ("vendor_data", reference("VendorData")),
        (
            "revision",
            json!({
                "type": "integer",
                "minimum": 1,
                "maximum": Revision::MAX,
                "description": "The revision number, which increases with every change. A revision contains the whole \
                                state; the greatest revision applies.",
            }),
        ),
        ("occurred_at", text::reported_time()),
    ]
}

fn session() -> Value {
    let statuses = SessionStatus::ALL.iter().map(|status| status.as_str());
    let features = "The checked features and their results.";
    let approved_only = "Stored only for approved sessions.";
    let mut members = vec![
        ("session_id", text::short(SessionId::MAX_CHARACTERS)),
        ("status", word(statuses)),
        ("features", described(or_null(reference("Features")), features)),
        ("identity", described(or_null(reference("Identity")), approved_only)),
        ("approved_emails", list(&text::email(), approved_only)),
        ("approved_phones", list(&text::short(Phone::MAX_CHARACTERS), approved_only)),
    ];
    members.extend(revision());
    let required = ["session_id", "vendor_data", "revision", "status", "occurred_at"];
    object("The state of a verification session.", &required, members)
}

fn identity() -> Value {
    json!({
        "type": "object",
        "description": "The identity of the person.",
        "properties": properties(vec![
            ("full_name", or_null(text::name(FullName::MAX_CHARACTERS))),
            ("date_of_birth", or_null(text::date_of_birth())),
            ("issuing_state", or_null(reference("GivenCountry"))),
            ("portrait_image_url", or_null(text::portrait_url())),
        ]),
    })
}

fn transaction() -> Value {
    let statuses = TransactionStatus::ALL.iter().map(|status| status.as_str());
    let actions = word(RuleAction::ALL.iter().map(|action| action.as_str()));
    let mut members = vec![
        ("transaction_id", text::short(TransactionId::MAX_CHARACTERS)),
        ("status", word(statuses)),
        (
            "rule_actions",
            list(
                &actions,
                "The actions that the rules request. Actions that the previous newest revision requested are not \
                 repeated.",
            ),
        ),
    ];
    members.extend(revision());
    let required = ["transaction_id", "vendor_data", "revision", "status", "occurred_at"];
    object("The state of a transaction.", &required, members)
}

fn risk() -> Value {
    let kinds = RiskKind::ALL.iter().map(|kind| kind.as_str());
    let members = vec![
        ("event_id", text::short(RiskEventId::MAX_CHARACTERS)),
        ("vendor_data", reference("VendorData")),
        ("kind", word(kinds)),
        (
            "detail",
            described(
                text::reason(),
                "A description, which becomes the reason of the status change.",
            ),
        ),
    ];
    object("A screening result.", &["event_id", "vendor_data", "kind"], members)
}
