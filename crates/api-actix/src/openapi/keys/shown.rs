//! Keys as they are shown.

use serde_json::{Value, json};

use super::requests::role;
use crate::openapi::schema::{described, or_null, properties, reference};
use crate::openapi::text;

/// The schemas by name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let with = |more: Vec<(&'static str, Value)>| row().into_iter().chain(more).collect();
    vec![
        ("ApiKey", object("A key, without its secret.", row())),
        (
            "NewApiKey",
            object("A key that was just made.", with(vec![("key", secret())])),
        ),
        (
            "RotatedApiKey",
            object(
                "A key that took the place of another.",
                with(vec![("key", secret()), ("previous", reference("ApiKey"))]),
            ),
        ),
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

fn secret() -> Value {
    json!({ "type": "string", "description": "The key itself. Shown this once." })
}

fn row() -> Vec<(&'static str, Value)> {
    let string = || json!({ "type": "string" });
    let time_or_null = |description| or_null(described(text::time(), description));
    let limit = || or_null(json!({ "type": "integer", "minimum": 0 }));
    vec![
        ("uuid", text::uuid()),
        ("name", string()),
        (
            "kind",
            json!({ "type": "string", "enum": ["role", "service"] }),
        ),
        (
            "role",
            described(or_null(role()), "Null for a key of kind `service`."),
        ),
        (
            "prefix",
            described(string(), "The beginning of the key, to recognise it by."),
        ),
        ("created_at", text::time()),
        ("expires_at", time_or_null("From when on it is refused.")),
        ("last_used_at", time_or_null("To about a minute.")),
        (
            "revoked_at",
            time_or_null("Since when it is refused for good."),
        ),
        ("allowed_ips", json!({ "type": "array", "items": string() })),
        ("rate_limit_get_per_minute", limit()),
        ("rate_limit_write_per_minute", limit()),
    ]
}
