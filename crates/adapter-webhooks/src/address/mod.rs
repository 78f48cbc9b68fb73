//! Which addresses may be called. Owns the list of those that must never be; must never resolve a name.

mod network;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

pub use network::{Network, NetworkError};

/// Not of the public Internet (the registries of special-purpose addresses of the IANA), or many receivers at once.
const FORBIDDEN: [Network; 27] = [
    Network::v4([0, 0, 0, 0], 8),
    Network::v4([10, 0, 0, 0], 8),
    Network::v4([100, 64, 0, 0], 10),
    Network::v4([127, 0, 0, 0], 8),
    Network::v4([169, 254, 0, 0], 16),
    Network::v4([172, 16, 0, 0], 12),
    Network::v4([192, 0, 0, 0], 24),
    Network::v4([192, 0, 2, 0], 24),
    Network::v4([192, 88, 99, 0], 24),
    Network::v4([192, 168, 0, 0], 16),
    Network::v4([198, 18, 0, 0], 15),
    Network::v4([198, 51, 100, 0], 24),
    Network::v4([203, 0, 113, 0], 24),
    Network::v4([224, 0, 0, 0], 4),
    Network::v4([240, 0, 0, 0], 4),
    // With every way to write an IPv4 address as IPv6 but NAT64.
    Network::v6([0, 0, 0, 0], 8),
    Network::v6([0x64, 0xff9b, 1, 0], 48),
    Network::v6([0x100, 0, 0, 0], 64),
    Network::v6([0x2001, 0, 0, 0], 23),
    Network::v6([0x2001, 0xdb8, 0, 0], 32),
    Network::v6([0x2002, 0, 0, 0], 16),
    Network::v6([0x3fff, 0, 0, 0], 20),
    Network::v6([0x5f00, 0, 0, 0], 16),
    Network::v6([0xfc00, 0, 0, 0], 7),
    Network::v6([0xfe80, 0, 0, 0], 10),
    Network::v6([0xfec0, 0, 0, 0], 10),
    Network::v6([0xff00, 0, 0, 0], 8),
];

/// Behind these addresses stands a gateway to the IPv4 address in the last 32 bits (RFC 6052).
const NAT64: Network = Network::v6([0x64, 0xff9b, 0, 0], 96);

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
        if self.opened.iter().any(|network| network.contains(address)) {
            return true;
        }
        match address {
            IpAddr::V6(outside) if NAT64.contains(address) => {
                self.allows(IpAddr::V4(last_32_bits(outside)))
            }
            _ => !FORBIDDEN.iter().any(|network| network.contains(address)),
        }
    }
}

fn last_32_bits(address: Ipv6Addr) -> std::net::Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    [a, b, c, d].into()
}
