//! Request bodies about destinations: their readers, which return all errors of all fields, and their schemas. The
//! domain's types define valid values.

use serde_json::{Value, json};
use users_domain::model::webhooks::{
    DeliveryOrdering, Destination, DestinationLabel, DestinationUrl, EventName, RotationGrace,
    Subscriptions, WebhookVersion,
};
use users_domain::model::{InvalidValue, LengthUnit, Timestamp};
use users_domain::ports::{DestinationChange, UrlRefused};
use users_domain::rules::Patch;
use users_domain::service::NewDestination;

use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::Fields;
use crate::http::request::parameters::moment;
use crate::openapi::schema::{described, object, with};
use crate::openapi::text;

const DEFAULT_VERSION: &str = "v3";

/// The members that an update reads and a response shows.
pub(super) const EDITABLE: [&str; 6] =
    ["label", "url", "enabled", "webhook_version", "subscribed_events", "ordering"];

/// Decides whether a URL may be called.
type AcceptUrl<'a> = &'a dyn Fn(&str) -> Result<DestinationUrl, UrlRefused>;

/// The members that create and update share. An absent or invalid value is `None`; the error of an invalid value is
/// recorded.
struct DestinationMembers {
    label: Option<DestinationLabel>,
    url: Option<DestinationUrl>,
    enabled: Option<bool>,
    version: Option<WebhookVersion>,
    subscriptions: Option<Subscriptions>,
    ordering: Option<DeliveryOrdering>,
}

impl DestinationMembers {
    fn read(fields: &mut Fields<'_>, accept: AcceptUrl<'_>, may_be_empty: bool) -> Self {
        let label = fields.text_within("label", DestinationLabel::MAX_CHARACTERS);
        let enabled = fields.boolean("enabled");
        let name = "webhook_version";
        let version = fields.text_within(name, WebhookVersion::MAX_CHARACTERS);
        Self {
            label: fields.optional(label, "label", DestinationLabel::parse),
            enabled: fields.optional(enabled, "enabled", Ok),
            version: fields.optional(version, name, WebhookVersion::parse),
            url: url(fields, accept),
            subscriptions: subscriptions(fields, may_be_empty),
            ordering: ordering(fields),
        }
    }
}

fn url(fields: &mut Fields<'_>, accept: AcceptUrl<'_>) -> Option<DestinationUrl> {
    let name = "url";
    let sent = fields.text(name);
    let text = fields.optional(sent, name, |text| {
        if text.is_empty() { Err(InvalidValue::Blank) } else { Ok(text) }
    })?;
    accept(&text).map_err(|refused| fields.errors.add(name, refusal(refused))).ok()
}

fn refusal(refused: UrlRefused) -> String {
    match refused {
        UrlRefused::Malformed => messages::NOT_A_URL.to_owned(),
        UrlRefused::TooLong => messages::too_long(DestinationUrl::MAX_BYTES, LengthUnit::Bytes),
        UrlRefused::Scheme => "The scheme of this URL is not allowed. Use https.".to_owned(),
        UrlRefused::Credentials => "A URL with a user name or password is not allowed.".to_owned(),
        UrlRefused::ForbiddenAddress => "This address may not be called.".to_owned(),
    }
}

fn subscriptions(fields: &mut Fields<'_>, may_be_empty: bool) -> Option<Subscriptions> {
    let name = "subscribed_events";
    let sent = fields.texts(name, Subscriptions::MAX);
    let entries = fields.optional(sent, name, Ok)?;
    if entries.is_empty() && !may_be_empty {
        fields.errors.add(name, messages::NO_EVENTS);
        return None;
    }
    let texts = fields.each(entries, name, Ok);
    let (known, unknown): (Vec<_>, Vec<_>) = texts
        .into_iter()
        .map(|text| EventName::parse(&text).map_err(|_| text))
        .partition(Result::is_ok);
    let unknown: Vec<_> = unknown.into_iter().filter_map(Result::err).collect();
    if !unknown.is_empty() {
        fields.errors.add(name, messages::unsupported_events(&unknown));
    }
    fields.errors.keep(name, Subscriptions::new(known.into_iter().flatten()))
}

fn ordering(fields: &mut Fields<'_>) -> Option<DeliveryOrdering> {
    let name = "ordering";
    let sent = fields.text(name);
    let word = fields.optional(sent, name, Ok)?;
    let ordering = DeliveryOrdering::parse(&word);
    ordering.map_err(|_| fields.errors.add(name, messages::not_a_choice(&word))).ok()
}

/// Reads a new destination, or all field errors.
pub(super) fn create(
    mut fields: Fields<'_>,
    accept: AcceptUrl<'_>,
) -> Result<NewDestination, FieldErrors> {
    for name in ["label", "url"] {
        if !fields.members.contains_key(name) {
            fields.errors.add(name, messages::REQUIRED);
        }
    }
    let values = DestinationMembers::read(&mut fields, accept, false);
    let default = || fields.errors.keep("webhook_version", WebhookVersion::parse(DEFAULT_VERSION));
    let version = values.version.or_else(default);
    let new = values.label.zip(values.url).zip(version);
    fields.finish(new.map(|((label, url), version)| NewDestination {
        label,
        url,
        enabled: values.enabled.unwrap_or(true),
        version,
        subscriptions: values.subscriptions.unwrap_or_default(),
        ordering: values.ordering.unwrap_or(DeliveryOrdering::PerUser),
    }))
}

/// Reads the changes of a destination, or all field errors. Current values are always accepted.
pub(super) fn update(
    mut fields: Fields<'_>,
    known: &Destination,
    accept: AcceptUrl<'_>,
) -> Result<DestinationChange, FieldErrors> {
    let accept = |text: &str| {
        if text == known.url.as_str() { Ok(known.url.clone()) } else { accept(text) }
    };
    let may_be_empty = known.subscriptions == Subscriptions::default();
    let values = DestinationMembers::read(&mut fields, &accept, may_be_empty);
    let skip_waiting = fields.boolean("skip_waiting");
    let enables = values.enabled == Some(true);
    fields.ignore_rest();
    // `skip_waiting` has an effect only when the request enables the destination.
    if !enables && skip_waiting != Patch::Absent {
        fields.ignored.add("skip_waiting");
    }
    let skip_waiting = fields.optional(skip_waiting, "skip_waiting", Ok);
    fields.finish(Some(DestinationChange {
        label: values.label,
        url: values.url,
        enabled: values.enabled,
        skip_waiting: enables && skip_waiting.unwrap_or(false),
        version: values.version,
        subscriptions: values.subscriptions,
        ordering: values.ordering,
    }))
}

/// Reads how long old secrets continue to sign, or all field errors.
pub(super) fn rotate_secret(mut fields: Fields<'_>) -> Result<RotationGrace, FieldErrors> {
    let grace = fields.integer("grace_hours");
    let grace = fields.optional(grace, "grace_hours", |hours| {
        // A negative number gets the same error as one above the limit.
        RotationGrace::from_hours(u64::try_from(hours).unwrap_or(u64::MAX))
    });
    fields.finish(Some(grace.unwrap_or(RotationGrace::DEFAULT)))
}

/// Reads the start of a recovery, or all field errors.
pub(super) fn recover(mut fields: Fields<'_>) -> Result<Timestamp, FieldErrors> {
    let since = fields.required_text("since", |text| moment(&text));
    fields.finish(since)
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("CreateDestination", create_schema()),
        ("UpdateDestination", update_schema()),
        ("RotateSecret", rotate_schema()),
        ("Recover", recover_schema()),
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

fn url_schema() -> Value {
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

fn ordering_schema() -> Value {
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
        ("url", url_schema()),
        ("enabled", described(boolean, "Whether events are sent to the destination.")),
        (
            "webhook_version",
            described(version, "A version label, which is stored and shown, but has no effect."),
        ),
        ("subscribed_events", events()),
        ("ordering", ordering_schema()),
    ]
}

fn create_schema() -> Value {
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

fn update_schema() -> Value {
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

fn rotate_schema() -> Value {
    let hours = with(
        described(
            json!({ "type": "integer", "minimum": 0, "maximum": RotationGrace::MAX_HOURS }),
            "How many hours the old secrets continue to sign; 0 retires them immediately.",
        ),
        [("default", (RotationGrace::DEFAULT.duration().as_secs() / 3600).into())],
    );
    object("The parameters of a rotation.", &[], vec![("grace_hours", hours)])
}

fn recover_schema() -> Value {
    let since = described(
        text::given_time(),
        "The earliest time of the failed deliveries to recover: an RFC 3339 date-time, or a date, which means its \
         start in UTC.",
    );
    object("The parameters of a recovery.", &["since"], vec![("since", since)])
}

#[cfg(test)]
mod tests;
