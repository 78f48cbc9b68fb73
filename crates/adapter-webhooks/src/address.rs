//! Which addresses may be called. Owns the list of those that must never be; must never resolve a name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::IpNet;
use users_domain::model::Network;

/// Not of the public Internet (the registries of special-purpose addresses of the IANA), or many receivers at once.
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

/// All of IPv6 that is the public Internet (RFC 4291 section 2.4, the IANA's registry of IPv6 address space). Outside are
/// every way to write an IPv4 address as IPv6 but 6to4 and NAT64, and what may become anything one day.
const GLOBAL_UNICAST: IpNet = v6([0x2000, 0, 0, 0], 3);

/// Behind these addresses stands a gateway to the IPv4 address in the last 32 bits (RFC 6052).
const NAT64: IpNet = v6([0x64, 0xff9b, 0, 0], 96);

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix)
}

/// With the first four segments; the others are zero.
const fn v6([a, b, c, d]: [u16; 4], prefix: u8) -> IpNet {
    IpNet::new_assert(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)), prefix)
}

/// Says which addresses may be called: those of the public Internet, and what the operator opened.
#[derive(Debug, Clone, Default)]
pub struct AddressGuard {
    opened: Arc<[Network]>,
}

impl AddressGuard {
    /// A guard that lets through `opened` although it may be forbidden, and the public Internet.
    #[must_use]
    pub fn new(opened: impl Into<Arc<[Network]>>) -> Self {
        Self {
            opened: opened.into(),
        }
    }

    /// Whether the address may be called.
    #[must_use]
    pub fn allows(&self, address: IpAddr) -> bool {
        self.opened.iter().any(|network| network.contains(address)) || is_public(address)
    }
}

/// What the operator opened is opened as it was written: a gateway to the same address may lead into another network.
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
