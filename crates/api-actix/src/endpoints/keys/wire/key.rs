//! The fields that bodies share.

use users_domain::model::{
    AllowedNetworks, Caller, KeyKind, Network, RateLimit, RequestKind, Role, Timestamp,
};
use users_domain::rules::keys::expiry;
use users_domain::rules::{Patch, highest_limit, limit_within};

use crate::endpoints::state::AppState;
use crate::http::error::FieldErrors;
use crate::http::request::Sent;
use crate::http::request::fields::{Entries, Fields, distinct, optional};

/// The members that an update reads.
pub(in crate::endpoints::keys) const EDITABLE: [&str; 6] = [
    "name",
    "role",
    "expires_at",
    "allowed_ips",
    "rate_limit_get_per_minute",
    "rate_limit_write_per_minute",
];

/// The members with checked types; their values are not validated yet.
#[derive(Debug)]
pub(super) struct KeyFields {
    pub(super) name: Sent<String>,
    pub(super) role: Sent<Role>,
    expires_at: Sent<Timestamp>,
    allowed_ips: Sent<Entries>,
    rate_limit_get_per_minute: Sent<i64>,
    rate_limit_write_per_minute: Sent<i64>,
}

/// The parsed fields other than name and role. An invalid value is absent here; its error is recorded.
#[derive(Debug)]
pub(super) struct KeyValues {
    pub(super) expires_at: Patch<Timestamp>,
    pub(super) allowed_ips: Option<AllowedNetworks>,
    pub(super) reads_per_minute: Patch<u32>,
    pub(super) writes_per_minute: Patch<u32>,
}

/// The bounds for values.
pub(in crate::endpoints::keys) struct Bounds {
    now: Timestamp,
    reads: Option<RateLimit>,
    writes: Option<RateLimit>,
}

impl Bounds {
    /// The bounds for role keys of the caller's application.
    pub(in crate::endpoints::keys) fn of(caller: &Caller, state: &AppState) -> Self {
        let role = KeyKind::Role(Role::Owner);
        let (settings, defaults) = (&caller.grant.settings, &state.settings.limits);
        Self {
            now: state.users.now(),
            reads: highest_limit(role, settings, RequestKind::Read, defaults),
            writes: highest_limit(role, settings, RequestKind::Write, defaults),
        }
    }
}

impl KeyFields {
    pub(super) fn take(fields: &mut Fields) -> Self {
        Self {
            name: fields.text("name"),
            role: fields.choice("role", Role::parse),
            expires_at: fields.moment("expires_at"),
            allowed_ips: fields.texts("allowed_ips", AllowedNetworks::MAX),
            rate_limit_get_per_minute: fields.integer("rate_limit_get_per_minute"),
            rate_limit_write_per_minute: fields.integer("rate_limit_write_per_minute"),
        }
    }
}

/// Parses the fields other than name and role.
pub(super) fn values(
    fields: KeyFields,
    bounds: &Bounds,
    errors: &mut FieldErrors,
) -> (Sent<String>, Sent<Role>, KeyValues) {
    let values = KeyValues {
        expires_at: end(fields.expires_at, bounds.now, errors),
        allowed_ips: networks(fields.allowed_ips, errors),
        reads_per_minute: limit(
            fields.rate_limit_get_per_minute,
            "rate_limit_get_per_minute",
            bounds.reads,
            errors,
        ),
        writes_per_minute: limit(
            fields.rate_limit_write_per_minute,
            "rate_limit_write_per_minute",
            bounds.writes,
            errors,
        ),
    };
    (fields.name, fields.role, values)
}

/// The expiry of a key; null for none.
pub(super) fn end(
    sent: Sent<Timestamp>,
    now: Timestamp,
    errors: &mut FieldErrors,
) -> Patch<Timestamp> {
    sent.patch(|at| errors.keep("expires_at", expiry(at, now)))
}

fn networks(sent: Sent<Entries>, errors: &mut FieldErrors) -> Option<AllowedNetworks> {
    let name = "allowed_ips";
    let entries = optional(sent, name, errors, Ok)?;
    let networks = distinct(
        entries,
        name,
        errors,
        |text| Network::parse(&text),
        PartialEq::eq,
    );
    errors.keep(name, AllowedNetworks::new(networks))
}

/// A rate limit per minute; null for the application's limit.
fn limit(
    sent: Sent<i64>,
    name: &str,
    highest: Option<RateLimit>,
    errors: &mut FieldErrors,
) -> Patch<u32> {
    sent.patch(|requests| errors.keep(name, limit_within(requests, highest)))
}
