//! The schemas of request bodies about destinations.

use serde_json::{Value, json};
use users_domain::model::webhooks::{
    DeliveryOrdering, DestinationLabel, DestinationUrl, RotationGrace, Subscriptions,
    WebhookVersion,
};

use crate::endpoints::webhooks::requests::DEFAULT_VERSION;
use crate::openapi::schema::{described, object, with};
use crate::openapi::text;

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("CreateDestination", create()),
        ("UpdateDestination", update()),
        ("RotateSecret", rotate()),
        ("Recover", recover()),
        ("NoMembers", object("A body without members.", &[], Vec::new())),
    ]
}

/// A host name or an IPv4 address, then port, path and query. Matching URLs are accepted if the address may be called.
/// Host names beyond ASCII and IPv6 addresses are also accepted, but omitted here because they are rare.
const URL: &str = concat!(
    r"^https://",
    r"(([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){0,8}[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    r"|((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]))",
    r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?",
    r"(/[A-Za-z0-9/._~%!$&'()*+,;=:@-]*)?",
    r"(\?[A-Za-z0-9/?._~%!$&'()*+,;=:@-]*)?$",
);

/// Event names for subscriptions: the two that the service sends, and the other families of the reference API.
const EVENT: &str = r"^(user\.(status|data)\.updated|(status|data)\.updated|activity\.created|(business|transaction|travel_rule)\.[a-z._]{1,52})$";

fn url() -> Value {
    json!({
        "type": "string",
        "format": "uri",
        "maxLength": DestinationUrl::MAX_BYTES,
        "pattern": URL,
        "description": "The URL that receives events: `https`, without user name, password and fragment. It is stored \
                        in its normal form. Addresses that are not public are rejected.",
        "examples": ["https://example.org/webhooks/users"],
    })
}

fn events() -> Value {
    json!({
        "type": "array",
        "minItems": 1,
        "maxItems": Subscriptions::MAX,
        "items": { "type": "string", "pattern": EVENT },
        "description": "The subscribed events. The service sends `user.data.updated` and `user.status.updated`; the \
                        other families of the reference API are accepted, but never sent.",
        "examples": [["user.data.updated", "user.status.updated"]],
    })
}

fn ordering() -> Value {
    json!({
        "type": "string",
        "enum": DeliveryOrdering::ALL.map(DeliveryOrdering::as_str),
        "description": "The delivery order. With `per_user`, the events of one user arrive in the order of their \
                        `sequence`.",
    })
}

/// The members that create and update share.
fn settings() -> Vec<(&'static str, Value)> {
    let boolean = json!({ "type": "boolean" });
    let version = text::label(WebhookVersion::MAX_CHARACTERS);
    vec![
        ("label", text::label(DestinationLabel::MAX_CHARACTERS)),
        ("url", url()),
        ("enabled", described(boolean, "Whether events are sent to the destination.")),
        (
            "webhook_version",
            described(version, "A version label, which is stored and shown, but has no effect."),
        ),
        ("subscribed_events", events()),
        ("ordering", ordering()),
    ]
}

fn create() -> Value {
    let defaults = |(name, schema)| match name {
        "enabled" => (name, with(schema, [("default", true.into())])),
        "webhook_version" => (name, with(schema, [("default", DEFAULT_VERSION.into())])),
        "ordering" => {
            (name, with(schema, [("default", DeliveryOrdering::PerUser.as_str().into())]))
        }
        _ => (name, schema),
    };
    let members = settings().into_iter().map(defaults).collect();
    object(
        "A new destination. Without `subscribed_events`, it receives no events.",
        &["label", "url"],
        members,
    )
}

fn update() -> Value {
    let mut members = settings();
    members.push((
        "skip_waiting",
        json!({
            "type": "boolean",
            "description": "With `enabled: true`: whether the waiting deliveries are skipped instead of sent. A \
                            recovery can send them later.",
        }),
    ));
    object("Changes of a destination. Only the members that are sent change.", &[], members)
}

fn rotate() -> Value {
    let hours = with(
        described(
            json!({ "type": "integer", "minimum": 0, "maximum": RotationGrace::MAX_HOURS }),
            "How many hours the old secrets continue to sign; 0 retires them immediately.",
        ),
        [("default", (RotationGrace::DEFAULT.duration().as_secs() / 3600).into())],
    );
    object("The parameters of a rotation.", &[], vec![("grace_hours", hours)])
}

fn recover() -> Value {
    let since = described(
        text::given_time(),
        "The earliest time of the failed deliveries to recover: an RFC 3339 date-time, or a date, which means its \
         start in UTC.",
    );
    object("The parameters of a recovery.", &["since"], vec![("since", since)])
}

#[cfg(test)]
mod tests;
