//! Entries and pages of them, as they are shown.

use serde_json::{Value, json};
use users_domain::model::{ActivityKind, Actor, Operation, Role, StatusTrigger};

use crate::openapi::schema::{described, or_null, properties, record, reference};
use crate::openapi::text;

/// The schemas by name.
pub(in crate::openapi) fn schemas() -> Vec<(&'static str, Value)> {
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

/// One of the words, or null.
fn word_or_null(words: impl IntoIterator<Item = &'static str>) -> Value {
    let words = words.into_iter().map(Value::from);
    let words: Vec<_> = words.chain([Value::Null]).collect();
    json!({ "enum": words })
}

fn kinds() -> Value {
    words(ActivityKind::ALL.map(ActivityKind::as_str))
}

/// What an entry says of the change itself.
fn change() -> Vec<(&'static str, Value)> {
    let status = json!({ "anyOf": [reference("UserStatus"), { "type": "null" }] });
    vec![
        (
            "comment",
            or_null(described(string(), "The reason that was given.")),
        ),
        ("previous_status", status.clone()),
        (
            "new_status",
            described(status, "The status after, or the one that was refused."),
        ),
        (
            "previous_value",
            json!({ "description": "The values before, by field. Any JSON." }),
        ),
        (
            "new_value",
            json!({ "description": "The values after, by field, or those that were ignored. Any JSON." }),
        ),
        ("changed_fields", strings()),
    ]
}

fn about() -> Value {
    json!({
        "type": ["object", "null"],
        "description": "The session, transaction or risk event that it follows from, or the API key that it is about.",
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
    object("Something that happened to a user.", members)
}

fn actor() -> Value {
    record(
        "Who acted.",
        [
            ("kind", words(Actor::KINDS)),
            (
                "key_uuid",
                or_null(described(text::uuid(), "The API key, if one acted.")),
            ),
            ("role", word_or_null(Role::ALL.map(Role::as_str))),
            (
                "name",
                or_null(described(string(), "The name that the key had then.")),
            ),
            (
                "ip",
                or_null(described(string(), "Where the request came from.")),
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
                words(Operation::all().map(Operation::as_str)),
                "What was asked for.",
            ),
        ),
        ("kind", described(kinds(), "What happened.")),
        ("actor", actor()),
        (
            "didit_internal_id",
            or_null(described(
                text::uuid(),
                "The user it is about, if it is about one.",
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
                "What caused a change of status.",
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
                "description": "Whether what was personal was erased with the person: names, addresses, values and \
                                reasons are null then.",
            }),
        ),
    ]);
    object("Something that happened in an application.", members)
}

fn page(of: &str) -> Value {
    let url = || or_null(json!({ "type": "string", "format": "uri" }));
    record(
        "One page, newest first.",
        [
            ("count", json!({ "type": "null" })),
            ("count_relation", json!({ "type": "null" })),
            ("next", described(url(), "The page of older entries.")),
            ("previous", described(url(), "The page of newer entries.")),
            (
                "results",
                json!({ "type": "array", "items": reference(of) }),
            ),
        ],
    )
}
