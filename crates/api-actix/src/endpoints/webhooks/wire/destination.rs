//! The fields that create and update share.

use users_domain::model::InvalidValue;
use users_domain::model::webhooks::{
    DeliveryOrdering, DestinationLabel, DestinationUrl, EventName, Subscriptions, WebhookVersion,
};
use users_domain::ports::UrlRefused;
use validator::Validate;

use super::{AcceptUrl, limits};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::Sent;
use crate::http::request::fields::{Entries, Fields, each, optional};

/// The members that an update reads and a response shows.
pub(in crate::endpoints::webhooks) const EDITABLE: [&str; 6] = [
    "label",
    "url",
    "enabled",
    "webhook_version",
    "subscribed_events",
    "ordering",
];

/// The members with checked types; their values are not validated yet.
#[derive(Debug, Validate)]
pub(super) struct DestinationFields {
    #[validate(length(max = limits::LABEL))]
    pub(super) label: Sent<String>,
    pub(super) url: Sent<String>,
    enabled: Sent<bool>,
    #[validate(length(max = limits::VERSION))]
    webhook_version: Sent<String>,
    subscribed_events: Sent<Entries>,
    ordering: Sent<String>,
}

/// The parsed members. An absent or invalid value is `None`; the error of an invalid value is recorded.
#[derive(Debug)]
pub(super) struct DestinationValues {
    pub(super) label: Option<DestinationLabel>,
    pub(super) url: Option<DestinationUrl>,
    pub(super) enabled: Option<bool>,
    pub(super) version: Option<WebhookVersion>,
    pub(super) subscriptions: Option<Subscriptions>,
    pub(super) ordering: Option<DeliveryOrdering>,
}

impl DestinationFields {
    pub(super) fn take(fields: &mut Fields) -> Self {
        Self {
            label: fields.text("label"),
            url: fields.text("url"),
            enabled: fields.boolean("enabled"),
            webhook_version: fields.text("webhook_version"),
            subscribed_events: fields.texts("subscribed_events", Subscriptions::MAX),
            ordering: fields.text("ordering"),
        }
    }

    pub(super) fn parse(
        self,
        accept: AcceptUrl<'_>,
        may_be_empty: bool,
        errors: &mut FieldErrors,
    ) -> DestinationValues {
        DestinationValues {
            label: optional(self.label, "label", errors, DestinationLabel::parse),
            url: url(self.url, accept, errors),
            enabled: optional(self.enabled, "enabled", errors, Ok),
            version: optional(
                self.webhook_version,
                "webhook_version",
                errors,
                WebhookVersion::parse,
            ),
            subscriptions: subscriptions(self.subscribed_events, may_be_empty, errors),
            ordering: ordering(self.ordering, errors),
        }
    }
}

fn url(
    sent: Sent<String>,
    accept: AcceptUrl<'_>,
    errors: &mut FieldErrors,
) -> Option<DestinationUrl> {
    let name = "url";
    let text = optional(sent, name, errors, |text| {
        if text.is_empty() {
            Err(InvalidValue::Blank)
        } else {
            Ok(text)
        }
    })?;
    accept(&text)
        .map_err(|refused| errors.add(name, refusal(refused)))
        .ok()
}

fn refusal(refused: UrlRefused) -> String {
    match refused {
        UrlRefused::Malformed => messages::NOT_A_URL.to_owned(),
        UrlRefused::TooLong => messages::text(&InvalidValue::TooLong {
            max: DestinationUrl::MAX_BYTES,
            unit: users_domain::model::LengthUnit::Bytes,
        }),
        UrlRefused::Scheme => "The scheme of this URL is not allowed. Use https.".to_owned(),
        UrlRefused::Credentials => "A URL with a user name or password is not allowed.".to_owned(),
        UrlRefused::ForbiddenAddress => "This address may not be called.".to_owned(),
    }
}

fn subscriptions(
    sent: Sent<Entries>,
    may_be_empty: bool,
    errors: &mut FieldErrors,
) -> Option<Subscriptions> {
    let name = "subscribed_events";
    let entries = optional(sent, name, errors, Ok)?;
    if entries.is_empty() && !may_be_empty {
        errors.add(name, messages::NO_EVENTS);
        return None;
    }
    let texts = each(entries, name, errors, Ok);
    let (known, unknown): (Vec<_>, Vec<_>) = texts
        .into_iter()
        .map(|text| EventName::parse(&text).map_err(|_| text))
        .partition(Result::is_ok);
    let unknown: Vec<_> = unknown.into_iter().filter_map(Result::err).collect();
    if !unknown.is_empty() {
        errors.add(name, messages::unsupported_events(&unknown));
    }
    errors.keep(name, Subscriptions::new(known.into_iter().flatten()))
}

fn ordering(sent: Sent<String>, errors: &mut FieldErrors) -> Option<DeliveryOrdering> {
    let name = "ordering";
    let word = optional(sent, name, errors, Ok)?;
    DeliveryOrdering::parse(&word)
        .map_err(|_| errors.add(name, messages::not_a_choice(&word)))
        .ok()
}
