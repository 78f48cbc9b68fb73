//! Which IP addresses may be called. Owns the list of forbidden networks; must never resolve a name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::IpNet;
use users_domain::model::Network;

/// Networks outside the public Internet (IANA special-purpose address registries) and multicast networks.
const FORBIDDEN: [IpNet; 19] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
    v6([0x2001, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0], 32),
    v6([0x2002, 0, 0, 0], 16),
    v6([0x3fff, 0, 0, 0], 20),
];

/// The public part of IPv6 (RFC 4291 section 2.4, IANA IPv6 address space registry). Outside are all IPv4-embedding
/// forms except 6to4 and NAT64, and ranges that IANA has not assigned.
const GLOBAL_UNICAST: IpNet = v6([0x2000, 0, 0, 0], 3);

/// Prefix of gateways to the IPv4 address in the last 32 bits (RFC 6052).
const NAT64: IpNet = v6([0x64, 0xff9b, 0, 0], 96);

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix)
}

/// Takes the first four segments; the others are zero.
const fn v6([a, b, c, d]: [u16; 4], prefix: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)), prefix)
}

/// Allows addresses of the public Internet and the networks that the operator has opened.
#[derive(Debug, Clone, Default)]
pub struct AddressGuard {
    opened: Arc<[Network]>,
}

impl AddressGuard {
    /// A guard that allows `opened`, even if otherwise forbidden, and the public Internet.
    #[must_use]
    pub fn new(opened: impl Into<Arc<[Network]>>) -> Self {
        Self { opened: opened.into() }
    }

    /// Whether the address may be called.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        self.opened.iter().any(|network| network.contains(address)) || is_public(address)
    }
}

/// Networks opened by the operator apply literally: a NAT64 gateway to the same address may lead into another network.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V6(outside) if NAT64.contains(&address) => {
            is_public(IpAddr::V4(last_32_bits(outside)))
        }
        IpAddr::V6(_) if !GLOBAL_UNICAST.contains(&address) => false,
        _ => !FORBIDDEN.iter().any(|network| network.contains(&address)),
    }
}

fn last_32_bits(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    [a, b, c, d].into()
}
