//! Rate limits: the limit, the subject whose requests are counted together, and the verdict of a limiter.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use super::{ApiKey, ApplicationId, KeyId};

/// Maximum number of requests in any [`RateLimit::WINDOW`], at least 1. "No limit" is represented by `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateLimit(NonZeroU32);

impl RateLimit {
    /// How long an admitted request counts.
    pub const WINDOW: Duration = Duration::from_mins(1);

    /// A limit of this many requests per minute; `None` (no limit) for 0.
    #[must_use]
    pub const fn per_minute(requests: u32) -> Option<Self> {
        match NonZeroU32::new(requests) {
            Some(requests) => Some(Self(requests)),
            None => None,
        }
    }

    /// The number of requests.
    #[must_use]
    pub const fn requests(self) -> u32 {
        self.0.get()
    }
}

/// Kind of a request for rate limiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestKind {
    /// The request changes nothing.
    Read,
    /// The request may change data.
    Write,
}

/// The subject of a rate limit: requests of one subject are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use]
pub enum LimitSubject {
    /// Read requests of a key.
    KeyReads {
        /// The application of the key.
        application: ApplicationId,
        /// The key.
        key: KeyId,
    },
    /// Write requests of a key.
    KeyWrites {
        /// The application of the key.
        application: ApplicationId,
        /// The key.
        key: KeyId,
    },
    /// Requests of one client without a valid key.
    Address(ClientNetwork),
    /// Requests of one client to routes that need no key.
    Public(ClientNetwork),
}

impl LimitSubject {
    /// Requests of this kind by this key.
    pub const fn of_key(key: &ApiKey, kind: RequestKind) -> Self {
        let (application, key) = (key.application, key.id);
        match kind {
            RequestKind::Read => Self::KeyReads { application, key },
            RequestKind::Write => Self::KeyWrites { application, key },
        }
    }

    /// Requests without a valid key from this address.
    pub fn of_address(address: IpAddr) -> Self {
        Self::Address(ClientNetwork::of(address))
    }

    /// Requests from this address to routes that need no key.
    pub fn of_public(address: IpAddr) -> Self {
        Self::Public(ClientNetwork::of(address))
    }
}

/// The network of one client: an IPv4 address, or an IPv6 /64 network, which usually belongs to one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// The network of this address. An IPv4-mapped IPv6 address counts as the IPv4 address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

impl fmt::Display for ClientNetwork {
    /// Writes the IPv4 address, or the IPv6 network in CIDR notation.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

/// The verdict of a limiter on one request. All durations start at the time of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Whether the request is admitted; only admitted requests count.
    pub admitted: bool,
    /// The limit it was checked against.
    pub limit: RateLimit,
    /// Number of further requests that would be admitted immediately.
    pub remaining: u32,
    /// Time until the next request is admitted; zero while requests remain.
    pub next_in: Duration,
    /// Time until the whole limit is available, if no further request is admitted.
    pub full_in: Duration,
}

impl Verdict {
    /// [`Self::next_in`] in whole seconds, rounded up so that a client that waits this long is admitted.
    #[must_use]
    pub const fn next_in_seconds(&self) -> u64 {
        whole_seconds(self.next_in)
    }

    /// [`Self::full_in`] in whole seconds, rounded up.
    #[must_use]
    pub const fn full_in_seconds(&self) -> u64 {
        whole_seconds(self.full_in)
    }
}

const fn whole_seconds(span: Duration) -> u64 {
    let rounding = if span.subsec_nanos() > 0 { 1 } else { 0 };
    span.as_secs().saturating_add(rounding)
}

#[cfg(test)]
mod tests;
