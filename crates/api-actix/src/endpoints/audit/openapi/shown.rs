//! The schemas of audit entries and their pages.

use serde_json::{Value, json};
use users_domain::model::{ActivityKind, Actor, Operation, Role, StatusTrigger};

use crate::openapi::schema::{described, or_null, properties, record, reference};
use crate::openapi::text;

pub(in crate::endpoints) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("Activity", activity()),
        ("ActivityPage", page("Activity")),
        ("AuditEntry", entry()),
        ("AuditPage", page("AuditEntry")),
    ]
}

fn string() -> Value {
    json!({ "type": "string" })
}

fn strings() -> Value {
    json!({ "type": "array", "items": string() })
}

fn words(words: impl IntoIterator<Item = &'static str>) -> Value {
    let words: Vec<_> = words.into_iter().collect();
    json!({ "type": "string", "enum": words })
}

/// One of the values, or null.
fn word_or_null(words: impl IntoIterator<Item = &'static str>) -> Value {
    let words = words.into_iter().map(Value::from);
    let words: Vec<_> = words.chain([Value::Null]).collect();
    json!({ "enum": words })
}

fn kinds() -> Value {
    words(ActivityKind::ALL.map(ActivityKind::as_str))
}

/// The members about the change itself.
fn change() -> Vec<(&'static str, Value)> {
    let status = json!({ "anyOf": [reference("UserStatus"), { "type": "null" }] });
    vec![
        (
            "comment",
            or_null(described(string(), "The reason of the change.")),
        ),
        ("previous_status", status.clone()),
        (
            "new_status",
            described(
                status,
                "The status after the change, or the requested status if it was refused.",
            ),
        ),
        (
            "previous_value",
            json!({ "description": "The values before the change, by field. Any JSON." }),
        ),
        (
            "new_value",
            json!({ "description": "The values after the change, by field, or the values that were ignored. Any JSON." }),
        ),
        ("changed_fields", strings()),
    ]
}

fn about() -> Value {
    json!({
        "type": ["object", "null"],
        "description": "The session, transaction or risk event that caused the entry, or the API key that the entry is \
                        about.",
    })
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

fn activity() -> Value {
    let kinds = ActivityKind::ALL
        .into_iter()
        .filter(|kind| kind.is_activity());
    let kinds = words(kinds.map(ActivityKind::as_str));
    let mut members = vec![("uuid", text::uuid()), ("comment_type", kinds)];
    members.extend(change());
    members.extend([
        ("actor_email", json!({ "type": "null" })),
        (
            "actor_name",
            or_null(described(string(), "The name of the API key.")),
        ),
        ("metadata", about()),
        ("mentioned_emails", strings()),
        ("created_at", text::time()),
    ]);
    object("An event in the history of a user.", members)
}

fn actor() -> Value {
    record(
        "The actor.",
        [
            ("kind", words(Actor::KINDS)),
            (
                "key_uuid",
                or_null(described(text::uuid(), "The API key, if the actor is one.")),
            ),
            ("role", word_or_null(Role::ALL.map(Role::as_str))),
            (
                "name",
                or_null(described(string(), "The name of the key at that time.")),
            ),
            (
                "ip",
                or_null(described(string(), "The client address of the request.")),
            ),
        ],
    )
}

fn entry() -> Value {
    let mut members = vec![
        ("uuid", text::uuid()),
        ("created_at", text::time()),
        (
            "operation",
            described(
                words(Operation::ALL.map(Operation::as_str)),
                "The requested operation.",
            ),
        ),
        ("kind", described(kinds(), "The kind of event.")),
        ("actor", actor()),
        (
            "didit_internal_id",
            or_null(described(
                text::uuid(),
                "The user that the entry is about, if any.",
            )),
        ),
        ("vendor_data", or_null(string())),
    ];
    members.extend(change());
    members.extend([
        (
            "trigger",
            described(
                word_or_null(StatusTrigger::ALL.map(StatusTrigger::as_str)),
                "The cause of a status change.",
            ),
        ),
        ("about", about()),
        (
            "overrides_verified",
            json!({
                "type": ["boolean", "null"],
                "description": "Whether a verified value was overridden.",
            }),
        ),
        ("request_id", string()),
        (
            "erased",
            json!({
                "type": "boolean",
                "description": "Whether the personal data of the entry was erased with the user: names, addresses, \
                                values and reasons are then null.",
            }),
        ),
    ]);
    object("An event in the history of an application.", members)
}

fn page(of: &str) -> Value {
    let url = || or_null(json!({ "type": "string", "format": "uri" }));
    record(
        "One page, newest first.",
        [
            ("count", json!({ "type": "null" })),
            ("count_relation", json!({ "type": "null" })),
            (
                "next",
                described(url(), "The URL of the page of older entries."),
            ),
            (
                "previous",
                described(url(), "The URL of the page of newer entries."),
            ),
            (
                "results",
                json!({ "type": "array", "items": reference(of) }),
            ),
        ],
    )
}
