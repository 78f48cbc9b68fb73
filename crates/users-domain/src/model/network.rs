//! IP networks, and the list of networks from which a key is accepted.

use std::fmt;
use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use super::InvalidValue;
use super::invalid::unique;

/// An IP network in CIDR notation (RFC 4632, RFC 4291 section 2.3); a single address is a network of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network(IpNet);

impl Network {
    /// Parses an address with an optional prefix length; IPv4-mapped networks (`::ffff:…`) become IPv4 networks.
    ///
    /// # Errors
    /// [`InvalidValue::NotANetwork`] for anything else, and for an address with bits set beyond the prefix:
    /// `10.1.2.3/8` is more likely a mistake in the length than the network `10.0.0.0/8`.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        Self::read(text).ok_or(InvalidValue::NotANetwork)
    }

    fn read(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/').unzip();
        // Also parsed by the standard library: `ipnet` accepts 010.0.0.0, which other software reads as octal.
        let address: IpAddr = address.unwrap_or(text).parse().ok()?;
        let network = match length {
            Some(_) => text.parse().ok()?,
            None => IpNet::from(address),
        };
        (network == network.trunc()).then(|| Self(canonical(network)))
    }

    /// Whether the address belongs to the network. An IPv4-mapped IPv6 address (`::ffff:…`) counts as the IPv4 address.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Whether all addresses of this network belong to the other network.
    pub(crate) fn is_within(self, other: Self) -> bool {
        other.0.contains(&self.0)
    }
}

fn canonical(network: IpNet) -> IpNet {
    const MAPPED_BITS: u8 = 96;
    let IpAddr::V6(first) = network.addr() else {
        return network;
    };
    let mapped = first.to_ipv4_mapped();
    let mapped = mapped.zip(network.prefix_len().checked_sub(MAPPED_BITS));
    mapped.and_then(|(first, prefix)| Ipv4Net::new(first, prefix).ok()).map_or(network, IpNet::V4)
}

impl fmt::Display for Network {
    /// Writes the first address and the prefix length.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The networks from which a key is accepted; an empty list allows any address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct AllowedNetworks(Vec<Network>);

impl AllowedNetworks {
    /// Maximum number of networks per key.
    pub const MAX: usize = 50;

    /// Creates a list of these networks, in this order, without duplicates.
    ///
    /// # Errors
    /// [`InvalidValue::TooMany`] for more than [`Self::MAX`].
    pub fn new(networks: impl IntoIterator<Item = Network>) -> Result<Self, InvalidValue> {
        unique(networks, Self::MAX).map(Self)
    }

    /// Whether a client at this address may use the key. A list that is not empty rejects an unknown address.
    #[must_use]
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || address.is_some_and(|address| self.0.iter().any(|network| network.contains(address)))
    }

    /// Whether each of these networks lies within a single one of the others.
    pub(crate) fn is_within(&self, others: &Self) -> bool {
        let known = |network: &Network| others.0.iter().any(|other| network.is_within(*other));
        others.0.is_empty() || (!self.0.is_empty() && self.0.iter().all(known))
    }

    /// The networks; empty where any address may use the key.
    #[must_use]
    pub fn networks(&self) -> &[Network] {
        &self.0
    }
}

#[cfg(test)]
mod tests;
