//! Networks of internet addresses, and the list of those that a key is accepted from.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::InvalidValue;

/// A network of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3); a lone address is a network of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    first: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads an address with or without the length of its prefix. IPv4 networks written as IPv6 (`::ffff:…`) are read as
    /// the IPv4 ones.
    ///
    /// # Errors
    /// [`InvalidValue::NotANetwork`] for anything else, and for an address with bits beyond the prefix: `10.1.2.3/8` is
    /// rather a wrong length than a wish for all of `10.0.0.0/8`.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidValue::NotANetwork)?;
        let prefix = match prefix {
            Some(prefix) => prefix_length(prefix)?,
            None => bits_of(address),
        };
        if prefix > bits_of(address) || masked(address, prefix) != address {
            return Err(InvalidValue::NotANetwork);
        }
        Ok(Self {
            first: address,
            prefix,
        }
        .canonical())
    }

    /// Whether the address belongs to the network. An IPv4 address written as IPv6 (`::ffff:…`) counts as the IPv4 one.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && masked(address, self.prefix) == self.first
    }

    fn canonical(self) -> Self {
        const MAPPED_BITS: u8 = 96;
        let longer = self.prefix.checked_sub(MAPPED_BITS);
        match (self.first, longer) {
            (IpAddr::V6(address), Some(prefix)) => match address.to_ipv4_mapped() {
                Some(address) => Self {
                    first: IpAddr::V4(address),
                    prefix,
                },
                None => self,
            },
            _ => self,
        }
    }
}

impl fmt::Display for Network {
    /// The first address and the length of the prefix, always both.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

const fn bits_of(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// Digits alone: no sign, which the standard library would take.
fn prefix_length(text: &str) -> Result<u8, InvalidValue> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| InvalidValue::NotANetwork)
    } else {
        Err(InvalidValue::NotANetwork)
    }
}

/// The address without the bits beyond the prefix.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let beyond = u32::from(bits_of(address).saturating_sub(prefix));
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(beyond).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(beyond).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

/// The networks that a key is accepted from; none of them means any address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct AllowedNetworks(Vec<Network>);

impl AllowedNetworks {
    /// The most networks of one key.
    pub const MAX: usize = 50;

    /// These networks, in this order, each once.
    ///
    /// # Errors
    /// [`InvalidValue::TooMany`] for more than [`Self::MAX`].
    pub fn new(networks: impl IntoIterator<Item = Network>) -> Result<Self, InvalidValue> {
        let mut kept = Vec::new();
        for network in networks {
            if kept.contains(&network) {
                continue;
            }
            if kept.len() == Self::MAX {
                return Err(InvalidValue::TooMany { max: Self::MAX });
            }
            kept.push(network);
        }
        Ok(Self(kept))
    }

    /// Whether a client at this address may use the key. Where the list says something, an unknown address may not.
    #[must_use]
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || address.is_some_and(|address| self.0.iter().any(|network| network.contains(address)))
    }

    /// The networks; empty where any address may use the key.
    #[must_use]
    pub fn networks(&self) -> &[Network] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        Network::parse(text).unwrap()
    }

    #[test]
    fn networks_are_read_and_shown_in_one_form() {
        for (text, shown) in [
            ("192.0.2.7", "192.0.2.7/32"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::/32", "2001:db8::/32"),
            ("::1", "::1/128"),
            ("::/0", "::/0"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ] {
            assert_eq!(network(text).to_string(), shown);
            assert_eq!(network(shown), network(text));
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "10.0.0.0/999",
            "10.1.2.3/8",
            "::1/64",
            "fe80::1%eth0",
            "10.0.0",
            "localhost",
            " 10.0.0.0/8",
        ] {
            assert_eq!(
                Network::parse(text),
                Err(InvalidValue::NotANetwork),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_belongs_by_the_bits_of_the_prefix() {
        for (text, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("192.0.2.128/25", "192.0.2.128", "192.0.2.127"),
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.0"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
        ] {
            assert!(network(text).contains(inside.parse().unwrap()), "{text}");
            assert!(!network(text).contains(outside.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn an_empty_list_admits_anybody_and_another_one_its_networks_alone() {
        let address = |text: &str| Some(text.parse().unwrap());
        assert!(AllowedNetworks::default().admits(None));
        assert!(AllowedNetworks::default().admits(address("192.0.2.1")));
        let allowed = AllowedNetworks::new([network("192.0.2.0/24"), network("::1")]).unwrap();
        assert!(allowed.admits(address("192.0.2.9")));
        assert!(allowed.admits(address("::1")));
        assert!(!allowed.admits(address("198.51.100.1")));
        assert!(!allowed.admits(None));
    }

    #[test]
    fn a_list_holds_each_network_once_and_not_too_many() {
        let of = |count: u8| (0..count).map(|last| network(&format!("192.0.2.{last}")));
        let twice = AllowedNetworks::new(of(50).chain(of(50))).unwrap();
        assert_eq!(twice.networks().len(), AllowedNetworks::MAX);
        let most = AllowedNetworks::MAX;
        assert_eq!(
            AllowedNetworks::new(of(51)),
            Err(InvalidValue::TooMany { max: most })
        );
    }
}
