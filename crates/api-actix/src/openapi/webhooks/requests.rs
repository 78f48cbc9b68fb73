//! Bodies about destinations, as clients send them.

use serde_json::{Value, json};
use users_domain::model::webhooks::{
    DeliveryOrdering, DestinationLabel, DestinationUrl, RotationGrace, Subscriptions,
    WebhookVersion,
};

use crate::openapi::requests::body;
use crate::openapi::schema::{described, with};
use crate::openapi::text;
use crate::webhooks::limits;

/// The schemas by name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("CreateDestination", create()),
        ("UpdateDestination", update()),
        ("RotateSecret", rotate()),
        ("Recover", recover()),
        (
            "NoMembers",
            body("Nothing is read from it.", &[], Vec::new()),
        ),
    ]
}

/// A host by its name or its IPv4 address, then port, path and query. What matches is accepted, wherever the address may
/// be called; names beyond ASCII and IPv6 addresses are accepted as well, and are rare enough to be left out.
const URL: &str = concat!(
    r"^https://",
    r"(([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){0,8}[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    r"|((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]))",
    r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}))?",
    r"(/[A-Za-z0-9/._~%!$&'()*+,;=:@-]*)?",
    r"(\?[A-Za-z0-9/?._~%!$&'()*+,;=:@-]*)?$",
);

/// Names that can be subscribed to: the two that are fired, and the other families of the reference API.
const EVENT: &str = r"^(user\.(status|data)\.updated|(status|data)\.updated|activity\.created|(business|transaction|travel_rule)\.[a-z._]{1,52})$";

fn url() -> Value {
    json!({
        "type": "string",
        "format": "uri",
        "maxLength": DestinationUrl::MAX_BYTES,
        "pattern": URL,
        "description": "Where events are sent: `https`, without user name, password and fragment; kept in its \
                        normal form. \
                        Addresses that are not public are refused.",
        "examples": ["https://example.org/webhooks/users"],
    })
}

fn events() -> Value {
    json!({
        "type": "array",
        "minItems": 1,
        "maxItems": Subscriptions::MAX,
        "items": { "type": "string", "pattern": EVENT },
        "description": "What it wants to hear of. `user.data.updated` and `user.status.updated` are fired; the other \
                        families of the reference API may be named.",
        "examples": [["user.data.updated", "user.status.updated"]],
    })
}

pub(super) fn ordering() -> Value {
    json!({
        "type": "string",
        "enum": DeliveryOrdering::ALL.map(DeliveryOrdering::as_str),
        "description": "`per_user`: the events of one user arrive in the order of their `sequence`.",
    })
}

/// What create and update have in common.
fn settings() -> Vec<(&'static str, Value)> {
    let boolean = json!({ "type": "boolean" });
    let version = text::label(WebhookVersion::MAX_CHARACTERS);
    vec![
        ("label", text::label(DestinationLabel::MAX_CHARACTERS)),
        ("url", url()),
        (
            "enabled",
            described(boolean, "Whether it is sent anything."),
        ),
        (
            "webhook_version",
            described(version, "Kept and shown; nothing follows from it."),
        ),
        ("subscribed_events", events()),
        ("ordering", ordering()),
    ]
}

fn create() -> Value {
    let defaults = |(name, schema)| match name {
        "enabled" => (name, with(schema, [("default", true.into())])),
        "webhook_version" => (
            name,
            with(schema, [("default", limits::DEFAULT_VERSION.into())]),
        ),
        "ordering" => (
            name,
            with(
                schema,
                [("default", DeliveryOrdering::PerUser.as_str().into())],
            ),
        ),
        _ => (name, schema),
    };
    let members = settings().into_iter().map(defaults).collect();
    body(
        "A new destination. Without `subscribed_events` it hears of nothing.",
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
            "default": false,
            "description": "With `enabled: true`: what waited is put aside, to be recovered, instead of sent.",
        }),
    ));
    body("Only what is sent is touched.", &[], members)
}

pub(super) fn grace_hours() -> Value {
    json!({ "type": "integer", "minimum": 0, "maximum": RotationGrace::MAX_HOURS })
}

fn rotate() -> Value {
    let hours = with(
        described(
            grace_hours(),
            "For how long the old secrets sign along; 0 retires them at once.",
        ),
        [(
            "default",
            (RotationGrace::DEFAULT.duration().as_secs() / 3600).into(),
        )],
    );
    body(
        "How the old secrets end.",
        &[],
        vec![("grace_hours", hours)],
    )
}

fn recover() -> Value {
    let since = described(
        text::given_time(),
        "What was given up on from this moment on: an RFC 3339 date-time, or a date at its start in UTC.",
    );
    body("What to put back.", &["since"], vec![("since", since)])
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn the_pattern_of_urls_takes_what_receivers_are_called_and_nothing_that_is_refused() {
        let pattern = Regex::new(URL).unwrap();
        for url in [
            "https://receiver",
            "https://Hooks.example-2.org:10443/a/b/?token=x&y=%2F",
            "https://example.org?token=x",
            "https://xn--bcher-kva.example/",
            "https://203.0.113.7/",
        ] {
            assert!(pattern.is_match(url), "{url}");
        }
        for url in [
            "http://example.org/",
            "https:/example.org/",
            "https:///example.org/",
            "https://",
            "https://user@example.org/",
            "https://example.org/#fragment",
            "https://example.org/a b",
            "https://example.org\\a",
            "https://example.org:65536/",
            "https://256.0.0.1/",
            "https://1.2.3/",
        ] {
            assert!(!pattern.is_match(url), "{url}");
        }
    }
}
