use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use adapter_webhooks::AddressGuard;
use proptest::prelude::*;
use users_domain::model::Network;

const FORBIDDEN_V4: [(&str, u32); 15] = [
    ("0.0.0.0", 8),
    ("10.0.0.0", 8),
    ("100.64.0.0", 10),
    ("127.0.0.0", 8),
    ("169.254.0.0", 16),
    ("172.16.0.0", 12),
    ("192.0.0.0", 24),
    ("192.0.2.0", 24),
    ("192.88.99.0", 24),
    ("192.168.0.0", 16),
    ("198.18.0.0", 15),
    ("198.51.100.0", 24),
    ("203.0.113.0", 24),
    ("224.0.0.0", 4),
    ("240.0.0.0", 4),
];

/// Together, the first and the last two cover everything outside `2000::/3`.
const FORBIDDEN_V6: [(&str, u32); 15] = [
    ("::", 3),
    ("::", 8),
    ("64:ff9b:1::", 48),
    ("100::", 64),
    ("2001::", 23),
    ("2001:db8::", 32),
    ("2002::", 16),
    ("3fff::", 20),
    ("5f00::", 16),
    ("fc00::", 7),
    ("fe80::", 10),
    ("fec0::", 10),
    ("ff00::", 8),
    ("4000::", 2),
    ("8000::", 1),
];

fn ranges() -> Vec<(u128, u128, bool)> {
    let v4 = FORBIDDEN_V4.iter().map(|(first, prefix)| {
        let first: Ipv4Addr = first.parse().unwrap();
        let first = u128::from(first.to_bits());
        (first, first + (1 << (32 - prefix)) - 1, true)
    });
    let v6 = FORBIDDEN_V6.iter().map(|(first, prefix)| {
        let first: Ipv6Addr = first.parse().unwrap();
        let first = first.to_bits();
        (first, first + ((1 << (128 - prefix)) - 1), false)
    });
    v4.chain(v6).collect()
}

fn address(bits: u128, v4: bool) -> Option<IpAddr> {
    if v4 {
        u32::try_from(bits).ok().map(|bits| Ipv4Addr::from_bits(bits).into())
    } else {
        Some(Ipv6Addr::from_bits(bits).into())
    }
}

fn is_listed(bits: u128, v4: bool) -> bool {
    ranges().iter().any(|(first, last, of_v4)| *of_v4 == v4 && (*first..=*last).contains(&bits))
}

fn is_nat64(bits: u128) -> bool {
    bits >> 32 == 0x0064_ff9b << 64
}

fn public_only() -> AddressGuard {
    AddressGuard::default()
}

fn opening(networks: &[&str]) -> AddressGuard {
    let networks: Vec<Network> =
        networks.iter().map(|text| Network::parse(text).unwrap()).collect();
    AddressGuard::new(networks)
}

#[test]
fn each_range_is_forbidden_up_to_its_bounds() {
    for (first, last, v4) in ranges() {
        for bits in [first, last] {
            let address = address(bits, v4).unwrap();
            assert!(!public_only().allows(address), "{address}");
        }
        for bits in [first.checked_sub(1), last.checked_add(1)] {
            let Some(bits) = bits.filter(|bits| !is_listed(*bits, v4)) else {
                continue;
            };
            if let Some(address) = address(bits, v4) {
                assert!(public_only().allows(address), "{address}");
            }
        }
    }
}

#[test]
fn ipv4_addresses_embedded_in_ipv6_are_forbidden() {
    for text in [
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "2002:7f00:1::",
    ] {
        assert!(!public_only().allows(text.parse().unwrap()), "{text}");
    }
}

#[test]
fn opened_networks_are_allowed_and_nothing_else() {
    let guard = opening(&["127.0.0.0/8", "::1", "fd12:3456::/32"]);
    for text in
        ["127.0.0.1", "127.255.255.255", "::1", "fd12:3456::7", "8.8.8.8", "::ffff:127.0.0.1"]
    {
        assert!(guard.allows(text.parse().unwrap()), "{text}");
    }
    for text in [
        "10.0.0.1",
        "::2",
        "::ffff:10.0.0.1",
        "64:ff9b::127.0.0.1",
        "fd12:3457::",
        "169.254.169.254",
    ] {
        assert!(!guard.allows(text.parse().unwrap()), "{text}");
    }
    for (opened, address) in [
        ("0.0.0.0/0", "10.0.0.1"),
        ("64:ff9b::/96", "64:ff9b::10.0.0.1"),
        ("200::/7", "3ff::1"),
        ("4000::/3", "4000::"),
    ] {
        assert!(opening(&[opened]).allows(address.parse().unwrap()), "{address}");
    }
}

proptest! {
    #[test]
    fn every_ipv4_address_is_checked_against_the_list(bits: u32) {
        let address = IpAddr::V4(Ipv4Addr::from_bits(bits));
        prop_assert_eq!(public_only().allows(address), !is_listed(bits.into(), true));
        // The same applies behind a NAT64 gateway; the mapped IPv6 form is never allowed.
        let low = u128::from(bits);
        let gateway = Ipv6Addr::from_bits((0x0064_ff9b << 96) | low);
        prop_assert_eq!(public_only().allows(gateway.into()), !is_listed(low, true));
        let mapped = Ipv6Addr::from_bits((0xffff << 32) | low);
        prop_assert!(!public_only().allows(mapped.into()));
    }

    #[test]
    fn every_ipv6_address_is_checked_against_the_list(bits: u128) {
        prop_assume!(!is_nat64(bits));
        let address = IpAddr::V6(Ipv6Addr::from_bits(bits));
        prop_assert_eq!(public_only().allows(address), !is_listed(bits, false));
    }

    #[test]
    fn no_member_of_a_range_may_be_called(at: prop::sample::Index, offset: u128) {
        let ranges = ranges();
        let (first, last, v4) = *at.get(&ranges);
        let bits = first + offset % (last - first + 1);
        prop_assume!(v4 || !is_nat64(bits));
        let address = address(bits, v4).unwrap();
        prop_assert!(!public_only().allows(address), "{}", address);
    }
}
