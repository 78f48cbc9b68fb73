//! How much may be asked: limits, whose requests count together, and what a limiter answers.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use super::{ApiKey, ApplicationId, KeyId};

/// How many requests are admitted in any [`RateLimit::WINDOW`]; at least one. No limit is the absence of this value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RateLimit(NonZeroU32);

impl RateLimit {
    /// How long an admitted request counts.
    pub const WINDOW: Duration = Duration::from_mins(1);

    /// So many requests in any window; `None`, which is no limit, for 0.
    #[must_use]
    pub const fn per_minute(requests: u32) -> Option<Self> {
        match NonZeroU32::new(requests) {
            Some(requests) => Some(Self(requests)),
            None => None,
        }
    }

    /// The requests.
    #[must_use]
    pub const fn requests(self) -> u32 {
        self.0.get()
    }
}

/// What a request does, as far as limits go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestKind {
    /// It changes nothing.
    Read,
    /// It may change something.
    Write,
}

/// Whose requests count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitSubject {
    /// What a key reads.
    KeyReads {
        /// The application of the key.
        application: ApplicationId,
        /// The key.
        key: KeyId,
    },
    /// What a key writes.
    KeyWrites {
        /// The application of the key.
        application: ApplicationId,
        /// The key.
        key: KeyId,
    },
    /// What comes without a valid key from one client.
    Address(ClientNetwork),
    /// What one client asks of routes that need no key.
    Public(ClientNetwork),
}

impl LimitSubject {
    /// Requests of this kind that this key makes.
    #[must_use]
    pub const fn of_key(key: &ApiKey, kind: RequestKind) -> Self {
        let (application, key) = (key.application, key.id);
        match kind {
            RequestKind::Read => Self::KeyReads { application, key },
            RequestKind::Write => Self::KeyWrites { application, key },
        }
    }

    /// Requests without a valid key from this address.
    #[must_use]
    pub fn of_address(address: IpAddr) -> Self {
        Self::Address(ClientNetwork::of(address))
    }

    /// Requests to routes that need no key from this address.
    #[must_use]
    pub fn of_public(address: IpAddr) -> Self {
        Self::Public(ClientNetwork::of(address))
    }
}

/// What one client is taken for by its address: one IPv4 address, or one IPv6 network of 64 bits, which is what a
/// single client is commonly given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientNetwork(IpAddr);

impl ClientNetwork {
    /// Where this address belongs. An IPv4 address within IPv6 is the same as that IPv4 address.
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
    /// The address, of IPv6 the first one of the network with its length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(address) => write!(f, "{address}/64"),
        }
    }
}

/// What a limiter says to one request. All spans are from the time of the check on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Whether the request may go on; only then it counts.
    pub admitted: bool,
    /// The limit it was checked against.
    pub limit: RateLimit,
    /// How many more would be admitted at once.
    pub remaining: u32,
    /// When the next one is admitted; zero while some remain.
    pub next_in: Duration,
    /// When nothing counts any more and the whole limit is free, unless something is admitted until then.
    pub full_in: Duration,
}

impl Verdict {
    /// [`Self::next_in`] in whole seconds. Rounded up: one who waits that long is not refused again.
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
    let begun = if span.subsec_nanos() > 0 { 1 } else { 0 };
    span.as_secs().saturating_add(begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> ClientNetwork {
        ClientNetwork::of(address.parse().unwrap())
    }

    #[test]
    fn zero_is_no_limit() {
        assert_eq!(RateLimit::per_minute(0), None);
        let limit = RateLimit::per_minute(600).unwrap();
        assert_eq!(limit.requests(), 600);
    }

    #[test]
    fn ipv4_counts_by_address_and_ipv6_by_network() {
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
        assert_eq!(network("2001:db8:0:1::1"), network("2001:db8:0:1:ff::2"));
        assert_ne!(network("2001:db8:0:1::1"), network("2001:db8:0:2::1"));
        assert_eq!(network("::ffff:192.0.2.1").to_string(), "192.0.2.1");
        assert_eq!(network("2001:db8:0:1::7").to_string(), "2001:db8:0:1::/64");
    }

    #[test]
    fn spans_are_rounded_up_to_seconds() {
        let verdict = |micros| Verdict {
            admitted: false,
            limit: RateLimit::per_minute(1).unwrap(),
            remaining: 0,
            next_in: Duration::from_micros(micros),
            full_in: Duration::from_micros(micros + 1),
        };
        assert_eq!(verdict(0).next_in_seconds(), 0);
        assert_eq!(verdict(1).next_in_seconds(), 1);
        assert_eq!(verdict(60_000_000).next_in_seconds(), 60);
        assert_eq!(verdict(60_000_000).full_in_seconds(), 61);
    }
}
