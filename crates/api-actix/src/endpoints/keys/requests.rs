//! Request bodies about keys: their readers, which return all errors of all fields, and their schemas. The domain's types
//! define valid values.

use serde_json::{Value, json};
use users_domain::model::{
    AllowedNetworks, Caller, KeyGrace, KeyKind, KeyLimits, KeyName, Network, RateLimit,
    RequestKind, Role, Timestamp,
};
use users_domain::rules::keys::{KeyRotation, KeyUpdate, NewKey, expiry};
use users_domain::rules::{Patch, highest_limit, limit_within};

use crate::endpoints::state::AppState;
use crate::http::error::FieldErrors;
use crate::http::request::fields::Fields;
use crate::openapi::schema::{described, object, or_null, with};
use crate::openapi::text;

/// The members that an update reads.
pub(super) const EDITABLE: [&str; 6] = [
    "name",
    "role",
    "expires_at",
    "allowed_ips",
    "rate_limit_get_per_minute",
    "rate_limit_write_per_minute",
];

pub(super) struct Bounds {
    now: Timestamp,
    reads: Option<RateLimit>,
    writes: Option<RateLimit>,
}

impl Bounds {
    /// The bounds for role keys of the caller's application.
    pub(super) fn of(caller: &Caller, state: &AppState) -> Self {
        let role = KeyKind::Role(Role::Owner);
        let (settings, defaults) = (&caller.grant.settings, &state.settings.limits);
        Self {
            now: state.services.users.now(),
            reads: highest_limit(role, settings, RequestKind::Read, defaults),
            writes: highest_limit(role, settings, RequestKind::Write, defaults),
        }
    }
}

/// The members that create and update share. An invalid value is absent here; its error is recorded.
struct KeyMembers {
    name: Patch<String>,
    role: Patch<Role>,
    expires_at: Patch<Timestamp>,
    allowed_ips: Option<AllowedNetworks>,
    reads_per_minute: Patch<u32>,
    writes_per_minute: Patch<u32>,
}

impl KeyMembers {
    fn read(fields: &mut Fields<'_>, bounds: &Bounds) -> Self {
        Self {
            name: fields.text("name"),
            role: fields.choice("role", Role::parse),
            expires_at: end(fields, bounds.now),
            allowed_ips: networks(fields),
            reads_per_minute: limit(fields, "rate_limit_get_per_minute", bounds.reads),
            writes_per_minute: limit(fields, "rate_limit_write_per_minute", bounds.writes),
        }
    }
}

/// The expiry of a key; null for none.
fn end(fields: &mut Fields<'_>, now: Timestamp) -> Patch<Timestamp> {
    let sent = fields.moment("expires_at");
    sent.and_then(|at| fields.errors.keep("expires_at", expiry(at, now)))
}

fn networks(fields: &mut Fields<'_>) -> Option<AllowedNetworks> {
    let name = "allowed_ips";
    let entries = fields.texts(name, AllowedNetworks::MAX);
    let entries = fields.optional(entries, name, Ok)?;
    let networks = fields.distinct(entries, name, |text| Network::parse(&text), PartialEq::eq);
    fields.errors.keep(name, AllowedNetworks::new(networks))
}

/// A rate limit per minute; null for the application's limit.
fn limit(fields: &mut Fields<'_>, name: &str, highest: Option<RateLimit>) -> Patch<u32> {
    let sent = fields.integer(name);
    sent.and_then(|requests| fields.errors.keep(name, limit_within(requests, highest)))
}

/// Reads a new key, or all field errors.
pub(super) fn create(mut fields: Fields<'_>, bounds: &Bounds) -> Result<NewKey, FieldErrors> {
    let values = KeyMembers::read(&mut fields, bounds);
    let name = fields.required(values.name, "name", KeyName::parse);
    let role = fields.required(values.role, "role", Ok);
    fields.finish(name.zip(role).map(|(name, role)| NewKey {
        name,
        kind: KeyKind::Role(role),
        // For a new key, absent and null are equal.
        expires_at: values.expires_at.value(),
        allowed_ips: values.allowed_ips.unwrap_or_default(),
        limits: KeyLimits {
            reads_per_minute: values.reads_per_minute.value(),
            writes_per_minute: values.writes_per_minute.value(),
        },
    }))
}

/// Reads the changes, or all field errors.
pub(super) fn update(mut fields: Fields<'_>, bounds: &Bounds) -> Result<KeyUpdate, FieldErrors> {
    let values = KeyMembers::read(&mut fields, bounds);
    let update = KeyUpdate {
        name: fields.optional(values.name, "name", KeyName::parse),
        role: fields.optional(values.role, "role", Ok),
        expires_at: values.expires_at,
        allowed_ips: values.allowed_ips,
        reads_per_minute: values.reads_per_minute,
        writes_per_minute: values.writes_per_minute,
    };
    fields.finish(Some(update))
}

/// Reads the parameters of a rotation, or all field errors.
pub(super) fn rotate(mut fields: Fields<'_>, now: Timestamp) -> Result<KeyRotation, FieldErrors> {
    let grace = fields.integer("grace_minutes");
    let grace = fields.optional(grace, "grace_minutes", |minutes| {
        // A negative number gets the same error as one above the limit.
        KeyGrace::from_minutes(u64::try_from(minutes).unwrap_or(u64::MAX))
    });
    let expires_at = end(&mut fields, now);
    fields.finish(Some(KeyRotation { grace: grace.unwrap_or(KeyGrace::DEFAULT), expires_at }))
}

pub(crate) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("CreateApiKey", object("A new key.", &["name", "role"], values())),
        (
            "UpdateApiKey",
            object("Changes of a key. Only the members that are sent change.", &[], values()),
        ),
        ("RotateApiKey", rotate_schema()),
    ]
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

fn networks_schema() -> Value {
    json!({
        "type": "array",
        "maxItems": AllowedNetworks::MAX,
        "items": { "type": "string", "maxLength": MAX_NETWORK_CHARACTERS },
        "description": "The networks from which the key is accepted, in CIDR notation, IPv4 or IPv6, without bits \
                        beyond the prefix. Without networks, the key is accepted from everywhere.",
        "examples": [["192.0.2.0/24"]],
    })
}

fn limit_schema(what: &str) -> Value {
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
        ("role", json!({ "type": "string", "enum": Role::ALL.map(Role::as_str) })),
        (
            "expires_at",
            expires_at("When the key expires, as an RFC 3339 time in the future; null for never."),
        ),
        ("allowed_ips", networks_schema()),
        ("rate_limit_get_per_minute", limit_schema("read")),
        ("rate_limit_write_per_minute", limit_schema("write")),
    ]
}

fn rotate_schema() -> Value {
    let minutes = json!({
        "type": "integer",
        "minimum": 0,
        "maximum": KeyGrace::MAX_MINUTES,
        "description": "How many minutes the old key remains valid; 0 revokes it immediately.",
    });
    let default = KeyGrace::DEFAULT.duration().as_secs() / 60;
    let members = vec![
        ("grace_minutes", with(minutes, [("default", default.into())])),
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
