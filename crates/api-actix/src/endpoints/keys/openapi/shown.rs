//! The schemas of keys in responses.

use serde_json::{Value, json};

use super::requests::role;
use crate::openapi::schema::{described, or_null, properties, reference};
use crate::openapi::text;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let with = |more: Vec<(&'static str, Value)>| row().into_iter().chain(more).collect();
    vec![
        ("ApiKey", object("A key, without its secret.", row())),
        (
            "NewApiKey",
            object("A new key, with its secret.", with(vec![("key", secret())])),
        ),
        (
            "RotatedApiKey",
            object(
                "A key that replaces another, with its secret.",
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
    json!({ "type": "string", "description": "The secret of the key, which is shown only in this response." })
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
            described(
                string(),
                "The first characters of the key, to recognise it.",
            ),
        ),
        ("created_at", text::time()),
        (
            "expires_at",
            time_or_null("When the key expires; null for never."),
        ),
        (
            "last_used_at",
            time_or_null("When the key was last used, accurate to about a minute."),
        ),
        (
            "revoked_at",
            time_or_null("When the key was revoked; null if it was not."),
        ),
        ("allowed_ips", json!({ "type": "array", "items": string() })),
        ("rate_limit_get_per_minute", limit()),
        ("rate_limit_write_per_minute", limit()),
    ]
}
