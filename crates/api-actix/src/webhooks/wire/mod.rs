//! Bodies and parameters of requests about destinations: from JSON and query strings to values of the domain, with every
//! error of every field. Owns names, types and texts; what a value may be, its domain type says.

pub(super) mod create;
pub(crate) mod cursor;
pub(super) mod deliveries;
mod destination;
pub(crate) mod limits;
pub(super) mod recover;
pub(super) mod rotate_secret;
pub(super) mod update;

pub(super) use destination::EDITABLE;

/// Which addresses may be called.
pub(super) type AcceptUrl<'a> = &'a dyn Fn(
    &str,
) -> Result<
    users_domain::model::webhooks::DestinationUrl,
    users_domain::ports::UrlRefused,
>;
