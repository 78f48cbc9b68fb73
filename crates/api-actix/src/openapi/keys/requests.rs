//! Bodies about keys, as clients send them.

use serde_json::{Value, json};
use users_domain::model::{AllowedNetworks, KeyGrace, KeyName, Role};

use crate::openapi::requests::body;
use crate::openapi::schema::{described, or_null, with};
use crate::openapi::text;

/// The schemas by name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("CreateApiKey", create()),
        ("UpdateApiKey", update()),
        ("RotateApiKey", rotate()),
    ]
}

pub(super) fn role() -> Value {
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
        "description": "Networks in CIDR notation, IPv4 or IPv6 and without bits beyond the prefix, that it is accepted from; from \
                        anywhere where there are none.",
        "examples": [["192.0.2.0/24"]],
    })
}

fn limit(what: &str) -> Value {
    let requests = json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    let description = format!(
        "{what} requests that it may send in any minute; null for what its application says. Where application or server have \
         a limit, at most that; where they have none, 0 for none."
    );
    described(or_null(requests), &description)
}

/// What create and update have in common.
fn values() -> Vec<(&'static str, Value)> {
    vec![
        ("name", text::label(KeyName::MAX_CHARACTERS)),
        ("role", role()),
        (
            "expires_at",
            expires_at("From when on it is refused, an RFC 3339 time ahead; null for never."),
        ),
        ("allowed_ips", networks()),
        ("rate_limit_get_per_minute", limit("Reading")),
        ("rate_limit_write_per_minute", limit("Writing")),
    ]
}

fn create() -> Value {
    body("A new key.", &["name", "role"], values())
}

fn update() -> Value {
    body("Only what is sent is touched.", &[], values())
}

fn rotate() -> Value {
    let minutes = json!({
        "type": "integer",
        "minimum": 0,
        "maximum": KeyGrace::MAX_MINUTES,
        "description": "How long the old key goes on; 0 revokes it at once.",
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
                "From when on the new key is refused, an RFC 3339 time ahead; null for never. As the old one's where it is \
                 left out.",
            ),
        ),
    ];
    body("How one key follows another.", &[], members)
}
