//! Bodies and headers of webhook events, as the `webhooks` of OpenAPI 3.1. docs/WEBHOOKS.md describes how to verify
//! signatures.

use serde_json::{Map, Value, json};
use users_domain::model::{Environment, WebhookType};

use crate::openapi::schema::{described, or_null, properties, reference};
use crate::openapi::text;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("UserDataUpdated", data_updated()),
        ("UserStatusUpdated", status_updated()),
        ("TestEvent", test_event()),
    ]
}

/// The webhooks by the `webhook_type` of their bodies.
pub(crate) fn webhooks() -> Value {
    json!({
        "user.data.updated": webhook(
            "userDataUpdated",
            "Report that a user was created, edited, deleted or restored",
            "UserDataUpdated",
        ),
        "user.status.updated": webhook(
            "userStatusUpdated",
            "Report that a user's status changed",
            "UserStatusUpdated",
        ),
        "webhook.test": webhook(
            "webhookTest",
            "Test the destination at a client's request",
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
            "description": "The event is sent to each destination that is subscribed to it. A 2xx response within 15 \
                            seconds confirms the delivery; after any other result the delivery is retried.",
            "security": [],
            "parameters": headers(),
            "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": reference(body) } },
            },
            "responses": {
                "2XX": { "description": "The receiver confirms the event." },
                "410": { "description": "The receiver accepts no further events, and the destination is disabled." },
            },
        },
    })
}

fn headers() -> Vec<Value> {
    let hexadecimal = "^[0-9a-f]{64}$";
    let signatures = [
        ("X-Signature", "Hexadecimal HMAC-SHA256 of the body.", hexadecimal),
        ("X-Signature-V2", "Hexadecimal HMAC-SHA256 of the body in canonical form.", hexadecimal),
        (
            "X-Signature-Simple",
            "Hexadecimal HMAC-SHA256 of `{timestamp}:{session_id}:{status}:{webhook_type}`.",
            hexadecimal,
        ),
        (
            "webhook-signature",
            "The signatures of Standard Webhooks, one for each active secret, separated by spaces.",
            "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*$",
        ),
    ];
    let seconds = json!({ "type": "integer" });
    let others = [
        ("X-Timestamp", "The time of this attempt, in Unix seconds.", seconds.clone()),
        ("webhook-timestamp", "The same as `X-Timestamp`.", seconds),
        ("webhook-id", "The `event_id`, which is the same for all attempts.", text::uuid()),
    ];
    let signatures = signatures.into_iter().map(|(name, description, pattern)| {
        (name, description, json!({ "type": "string", "pattern": pattern }))
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

/// The members of every event.
fn common(kind: &str) -> Vec<(&'static str, Value)> {
    let environments = [Environment::Live, Environment::Sandbox].map(Environment::as_str);
    let seconds = |description: &str| json!({ "type": "integer", "description": description });
    vec![
        ("webhook_type", json!({ "const": kind })),
        (
            "event_id",
            described(
                text::uuid(),
                "The id of the event, which is the same for all attempts and resends.",
            ),
        ),
        ("timestamp", seconds("The time of this attempt, in Unix seconds, as in `X-Timestamp`.")),
        ("created_at", seconds("The time of the change, in Unix seconds.")),
        ("application_id", text::uuid()),
        ("environment", json!({ "type": "string", "enum": environments })),
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
                "description": "The sequence number among the user's events. An event with a lower number than one \
                                received before is late. Gaps are normal.",
            }),
        ),
    ]);
    members
}

/// An object with required and optional members.
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
    members.push(("changed_fields", json!({ "type": "array", "items": { "type": "string" } })));
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
                "description": "For an edit or a report: the previous and the current value of each changed field. For \
                                a user that a report created: the fields that the report changed beyond the initial \
                                values. A value whose JSON has more than 256 bytes is replaced by `{\"elided\": true, \
                                \"bytes\": n}` with, for an object, `changed_keys`.",
            }),
        ),
        (
            "deleted_at",
            or_null(described(text::time(), "For a deletion: its time. For a restoration: null.")),
        ),
    ];
    object("A user's data changed.", members, optional)
}

fn status_updated() -> Value {
    let mut members = of_user(WebhookType::UserStatusUpdated);
    members.push(("previous_status", reference("UserStatus")));
    object("A user's status changed.", members, Vec::new())
}

fn test_event() -> Value {
    let mut members = common("webhook.test");
    members.push(("test", json!({ "const": true })));
    object("A test of the destination.", members, Vec::new())
}
