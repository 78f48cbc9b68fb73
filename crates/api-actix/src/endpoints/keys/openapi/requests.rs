//! The schemas of request bodies about keys.

use serde_json::{Value, json};
use users_domain::model::{AllowedNetworks, KeyGrace, KeyName, Role};

use crate::openapi::schema::{described, object, or_null, with};
use crate::openapi::text;

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("CreateApiKey", create()),
        ("UpdateApiKey", update()),
        ("RotateApiKey", rotate()),
    ]
}

fn role() -> Value {
    json!({ "type": "string", "enum": Role::ALL.map(Role::as_str) })
}

fn expires_at(description: &str) -> Value {
    let time = json!({
        "type": "string",
        "format": "date-time",
        "examples": ["2036-01-31T12:00:00Z"],
    });
    described(or_null(time), description)
}

/// The longest form of an IPv6 network.
const MAX_NETWORK_CHARACTERS: usize = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128".len();

fn networks() -> Value {
    json!({
        "type": "array",
        "maxItems": AllowedNetworks::MAX,
        "items": { "type": "string", "maxLength": MAX_NETWORK_CHARACTERS },
        "description": "The networks from which the key is accepted, in CIDR notation, IPv4 or IPv6, without bits \
                        beyond the prefix. Without networks, the key is accepted from everywhere.",
        "examples": [["192.0.2.0/24"]],
    })
}

fn limit(what: &str) -> Value {
    let requests = json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    let description = format!(
        "The number of {what} requests that the key may send in any minute; null for the limit of its application. It \
         cannot exceed a limit of the application or the server; without such a limit, 0 means no limit."
    );
    described(or_null(requests), &description)
}

/// The members that create and update share.
fn values() -> Vec<(&'static str, Value)> {
    vec![
        ("name", text::label(KeyName::MAX_CHARACTERS)),
        ("role", role()),
        (
            "expires_at",
            expires_at("When the key expires, as an RFC 3339 time in the future; null for never."),
        ),
        ("allowed_ips", networks()),
        ("rate_limit_get_per_minute", limit("read")),
        ("rate_limit_write_per_minute", limit("write")),
    ]
}

fn create() -> Value {
    object("A new key.", &["name", "role"], values())
}

fn update() -> Value {
    object(
        "Changes of a key. Only the members that are sent change.",
        &[],
        values(),
    )
}

fn rotate() -> Value {
    let minutes = json!({
        "type": "integer",
        "minimum": 0,
        "maximum": KeyGrace::MAX_MINUTES,
        "description": "How many minutes the old key remains valid; 0 revokes it immediately.",
    });
    let default = KeyGrace::DEFAULT.duration().as_secs() / 60;
    let members = vec![
        (
            "grace_minutes",
            with(minutes, [("default", default.into())]),
        ),
        (
            "expires_at",
            expires_at(
                "When the new key expires, as an RFC 3339 time in the future; null for never. The default is the \
                 expiry of the old key.",
            ),
        ),
    ];
    object("The parameters of a rotation.", &[], members)
}
