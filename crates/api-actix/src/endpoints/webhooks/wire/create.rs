//! The body of a create request.

use users_domain::model::InvalidValue;
use users_domain::model::webhooks::{DeliveryOrdering, WebhookVersion};
use users_domain::service::NewDestination;

use super::destination::{DestinationFields, DestinationValues};
use super::{AcceptUrl, limits};
use crate::http::error::{FieldErrors, messages};
use crate::http::request::fields::{Fields, validate};
use crate::http::request::{Ignored, Members, Sent};

/// Reads a new destination, or all field errors. Adds unknown members to `ignored`.
pub(in crate::endpoints::webhooks) fn read(
    members: Members,
    accept: AcceptUrl<'_>,
    ignored: &mut Ignored,
) -> Result<NewDestination, FieldErrors> {
    let mut fields = Fields::new(members);
    let body = DestinationFields::take(&mut fields);
    let mut errors = fields.ignore_rest(ignored);
    for (name, sent) in [("label", &body.label), ("url", &body.url)] {
        if *sent == Sent::Absent && !errors.has(name) {
            errors.add(name, messages::REQUIRED);
        }
    }
    validate(&body, &mut errors);
    let values = body.parse(accept, false, &mut errors);
    let version = match values.version.clone() {
        Some(version) => Some(version),
        None => errors.keep("webhook_version", default_version()),
    };
    match new_destination(values, version) {
        Some(new) if errors.is_empty() => Ok(new),
        _ => Err(errors),
    }
}

fn default_version() -> Result<WebhookVersion, InvalidValue> {
    WebhookVersion::parse(limits::DEFAULT_VERSION)
}

fn new_destination(
    values: DestinationValues,
    version: Option<WebhookVersion>,
) -> Option<NewDestination> {
    Some(NewDestination {
        label: values.label?,
        url: values.url?,
        enabled: values.enabled.unwrap_or(true),
        version: version?,
        subscriptions: values.subscriptions.unwrap_or_default(),
        ordering: values.ordering.unwrap_or(DeliveryOrdering::PerUser),
    })
}
