//! The body of an update.

use users_domain::model::webhooks::{Destination, Subscriptions};
use users_domain::ports::DestinationChange;
use validator::Validate;

use super::AcceptUrl;
use super::destination::DestinationFields;
use crate::http::error::FieldErrors;
use crate::http::request::fields::{Fields, optional, validate};
use crate::http::request::{Ignored, Members, Sent};

/// The members with checked types; their values are not validated yet.
#[derive(Debug, Validate)]
struct UpdateBody {
    #[validate(nested)]
    destination: DestinationFields,
    skip_waiting: Sent<bool>,
}

/// Reads the changes of a destination, or all field errors. Current values are always accepted. Adds unknown members to
/// `ignored`.
pub(in crate::endpoints::webhooks) fn read(
    members: Members,
    known: &Destination,
    accept: AcceptUrl<'_>,
    ignored: &mut Ignored,
) -> Result<DestinationChange, FieldErrors> {
    let mut fields = Fields::new(members);
    let body = UpdateBody {
        destination: DestinationFields::take(&mut fields),
        skip_waiting: fields.boolean("skip_waiting"),
    };
    let mut errors = fields.ignore_rest(ignored);
    validate(&body, &mut errors);
    let accept = |text: &str| {
        if text == known.url.as_str() {
            Ok(known.url.clone())
        } else {
            accept(text)
        }
    };
    let may_be_empty = known.subscriptions == Subscriptions::default();
    let values = body.destination.parse(&accept, may_be_empty, &mut errors);
    // `skip_waiting` has an effect only when the request enables the destination.
    if values.enabled != Some(true) && body.skip_waiting != Sent::Absent {
        ignored.add("skip_waiting");
    }
    let skip_waiting = optional(body.skip_waiting, "skip_waiting", &mut errors, Ok);
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(DestinationChange {
        label: values.label,
        url: values.url,
        enabled: values.enabled,
        skip_waiting: values.enabled == Some(true) && skip_waiting.unwrap_or(false),
        version: values.version,
        subscriptions: values.subscriptions,
        ordering: values.ordering,
    })
}
