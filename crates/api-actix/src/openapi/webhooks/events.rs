//! What receivers get: bodies of events and their headers, as the `webhooks` of OpenAPI 3.1. docs/WEBHOOKS.md says how
//! signatures are verified.

use serde_json::{Map, Value, json};
use users_domain::model::{Environment, WebhookType};

use crate::openapi::schema::{described, or_null, properties, reference};
use crate::openapi::text;

/// The schemas by name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("UserDataUpdated", data_updated()),
        ("UserStatusUpdated", status_updated()),
        ("TestEvent", test_event()),
    ]
}

/// By the `webhook_type` of their bodies.
pub(in crate::openapi) fn webhooks() -> Value {
    json!({
        "user.data.updated": webhook(
            "userDataUpdated",
            "A user was made, edited, deleted or restored",
            "UserDataUpdated",
        ),
        "user.status.updated": webhook(
            "userStatusUpdated",
            "A user's status moved",
            "UserStatusUpdated",
        ),
        "webhook.test": webhook(
            "webhookTest",
            "Somebody asked for a test of the destination",
            "TestEvent",
        ),
    })
}

fn webhook(id: &str, summary: &str, body: &str) -> Value {
    json!({
        "post": {
            "operationId": id,
            "tags": ["Webhooks"],
            "summary": summary,
            "description": "Sent to each destination that is subscribed to it. Any 2xx within 15 seconds means that the \
                            receiver has it; anything else is tried again.",
            "security": [],
            "parameters": headers(),
            "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": reference(body) } },
            },
            "responses": {
                "2XX": { "description": "The receiver has the event." },
                "410": { "description": "The receiver wants nothing any more: the destination is disabled." },
            },
        },
    })
}

fn headers() -> Vec<Value> {
    let hexadecimal = "^[0-9a-f]{64}$";
    let signatures = [
        (
            "X-Signature",
            "Hexadecimal HMAC-SHA256 of the body.",
            hexadecimal,
        ),
        (
            "X-Signature-V2",
            "The same over the body in canonical form.",
            hexadecimal,
        ),
        (
            "X-Signature-Simple",
            "The same over `{timestamp}:{session_id}:{status}:{webhook_type}`.",
            hexadecimal,
        ),
        (
            "webhook-signature",
            "Standard Webhooks: one signature for each secret that signs now, separated by spaces.",
            "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*$",
        ),
    ];
    let seconds = json!({ "type": "integer" });
    let others = [
        (
            "X-Timestamp",
            "When this attempt was made, in Unix seconds.",
            seconds.clone(),
        ),
        ("webhook-timestamp", "The same.", seconds),
        (
            "webhook-id",
            "`event_id`: the same over all attempts.",
            text::uuid(),
        ),
    ];
    let signatures = signatures.into_iter().map(|(name, description, pattern)| {
        (
            name,
            description,
            json!({ "type": "string", "pattern": pattern }),
        )
    });
    (signatures.chain(others))
        .map(|(name, description, schema)| {
            json!({
                "name": name,
                "in": "header",
                "required": true,
                "description": description,
                "schema": schema,
            })
        })
        .collect()
}

/// What every event says.
fn common(kind: &str) -> Vec<(&'static str, Value)> {
    let environments = [Environment::Live, Environment::Sandbox].map(Environment::as_str);
    let seconds = |description: &str| json!({ "type": "integer", "description": description });
    vec![
        ("webhook_type", json!({ "const": kind })),
        (
            "event_id",
            described(text::uuid(), "The same over all attempts and resends."),
        ),
        (
            "timestamp",
            seconds("When this attempt was made, in Unix seconds: `X-Timestamp`."),
        ),
        (
            "created_at",
            seconds("When the change was made, in Unix seconds."),
        ),
        ("application_id", text::uuid()),
        (
            "environment",
            json!({ "type": "string", "enum": environments }),
        ),
    ]
}

fn of_user(kind: WebhookType) -> Vec<(&'static str, Value)> {
    let mut members = common(kind.as_str());
    members.extend([
        (
            "vendor_user_id",
            described(text::uuid(), "The user's `didit_internal_id`."),
        ),
        ("vendor_data", json!({ "type": "string" })),
        ("status", reference("UserStatus")),
        (
            "sequence",
            json!({
                "type": "integer",
                "minimum": 1,
                "description": "Counts the user's events: what is behind the latest one seen is late. Gaps are normal.",
            }),
        ),
    ]);
    members
}

/// An object with these members, and some that are only sometimes there.
fn object(
    description: &str,
    members: Vec<(&'static str, Value)>,
    optional: Vec<(&'static str, Value)>,
) -> Value {
    let required: Vec<_> = members.iter().map(|(name, _)| *name).collect();
    json!({
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties(members.into_iter().chain(optional).collect()),
    })
}

fn data_updated() -> Value {
    let mut members = of_user(WebhookType::UserDataUpdated);
    members.push((
        "changed_fields",
        json!({ "type": "array", "items": { "type": "string" } }),
    ));
    let any = || Value::Object(Map::new());
    let change = json!({
        "type": "object",
        "required": ["previous", "current"],
        "properties": { "previous": any(), "current": any() },
    });
    let optional = vec![
        (
            "changes",
            json!({
                "type": "object",
                "additionalProperties": change,
                "description": "Of an edit and of a report: what each changed field was and is. Of a user that a \
                                report made, what it changed beside what was set. Of a value whose JSON has more than \
                                256 bytes: `{\"elided\": true, \"bytes\": n}` and, of an object, `changed_keys`.",
            }),
        ),
        (
            "deleted_at",
            or_null(described(
                text::time(),
                "Of a deletion: when. Of a restoration: null.",
            )),
        ),
    ];
    object("A user's data changed.", members, optional)
}

fn status_updated() -> Value {
    let mut members = of_user(WebhookType::UserStatusUpdated);
    members.push(("previous_status", reference("UserStatus")));
    object("A user's status moved.", members, Vec::new())
}

fn test_event() -> Value {
    let mut members = common("webhook.test");
    members.push(("test", json!({ "const": true })));
    object("A test of the destination.", members, Vec::new())
}
