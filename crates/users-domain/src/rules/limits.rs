//! Which configured rate limit applies to a request; [`SlidingWindow`](super::SlidingWindow) checks it.

use crate::model::{ApplicationSettings, InvalidValue, KeyGrant, KeyKind, RateLimit, RequestKind};

/// The default limits of the server, in requests per minute; 0 means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DefaultLimits {
    /// Read requests of a key with a role.
    pub reads_per_minute: u32,
    /// Write requests of a key with a role.
    pub writes_per_minute: u32,
    /// Requests of a service key; reads and writes count separately.
    pub service_per_minute: u32,
    /// Requests of a client address without a valid key.
    pub unauthenticated_per_minute: u32,
    /// Requests of a client address to routes that require no key.
    pub public_per_minute: u32,
}

impl DefaultLimits {
    /// No limits at all.
    pub const NONE: Self = Self {
        reads_per_minute: 0,
        writes_per_minute: 0,
        service_per_minute: 0,
        unauthenticated_per_minute: 0,
        public_per_minute: 0,
    };
}

impl Default for DefaultLimits {
    /// The limits of docs/API.md.
    fn default() -> Self {
        Self {
            reads_per_minute: 600,
            writes_per_minute: 300,
            service_per_minute: 60_000,
            unauthenticated_per_minute: 60,
            public_per_minute: 6000,
        }
    }
}

/// The limit of a key for requests of this kind: its own, but at most the highest of its kind.
#[must_use]
pub fn limit_of_key(
    grant: &KeyGrant,
    kind: RequestKind,
    defaults: &DefaultLimits,
) -> Option<RateLimit> {
    let own = match kind {
        RequestKind::Read => grant.key.limits.reads_per_minute,
        RequestKind::Write => grant.key.limits.writes_per_minute,
    };
    let own = own.and_then(RateLimit::per_minute);
    let highest = highest_limit(grant.key.kind, &grant.settings, kind, defaults);
    match (own, highest) {
        (Some(own), Some(highest)) => Some(own.min(highest)),
        (own, highest) => own.or(highest),
    }
}

/// The highest limit that a key may have. Only the operator sets it: for the application, or otherwise for the server.
/// The limits of an application apply to its clients; services that report to it have the server's limit.
#[must_use]
pub fn highest_limit(
    key: KeyKind,
    settings: &ApplicationSettings,
    kind: RequestKind,
    defaults: &DefaultLimits,
) -> Option<RateLimit> {
    let (application, server) = match (key, kind) {
        (KeyKind::Service, _) => (None, defaults.service_per_minute),
        (KeyKind::Role(_), RequestKind::Read) => {
            (settings.rate_limit_get_per_minute, defaults.reads_per_minute)
        }
        (KeyKind::Role(_), RequestKind::Write) => {
            (settings.rate_limit_write_per_minute, defaults.writes_per_minute)
        }
    };
    RateLimit::per_minute(application.unwrap_or(server))
}

/// Checks the requested limit of a key per minute; 0 means no limit. The HTTP layer calls it too.
///
/// # Errors
/// [`InvalidValue::OutOfRange`] if the limit exceeds the highest.
pub fn limit_within(requested: i64, highest: Option<RateLimit>) -> Result<u32, InvalidValue> {
    let (min, max) = highest.map_or((0, u32::MAX), |highest| (1, highest.requests()));
    let refused = InvalidValue::OutOfRange { min: min.into(), max: max.into() };
    let requested = u32::try_from(requested).ok();
    requested.filter(|requested| (min..=max).contains(requested)).ok_or(refused)
}

#[cfg(test)]
mod tests;
