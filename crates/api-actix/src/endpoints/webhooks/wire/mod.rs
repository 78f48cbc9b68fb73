//! Parses bodies and parameters of requests about destinations into values of the domain, with all errors of all
//! fields. Defines names, JSON types and messages; the domain's types define valid values.

pub(super) mod create;
pub(super) mod deliveries;
mod destination;
pub(crate) mod limits;
pub(super) mod recover;
pub(super) mod rotate_secret;
pub(super) mod update;

pub(super) use destination::EDITABLE;

/// Decides whether a URL may be called.
pub(super) type AcceptUrl<'a> = &'a dyn Fn(
    &str,
) -> Result<
    users_domain::model::webhooks::DestinationUrl,
    users_domain::ports::UrlRefused,
>;
