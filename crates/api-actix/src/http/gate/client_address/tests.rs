use std::net::Ipv4Addr;

use actix_web::http::header::{HeaderName, HeaderValue};

use super::*;

const PROXY: [u8; 4] = [10, 0, 0, 1];

fn trusts(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.octets()[0] == 10)
}

fn client(peer: impl Into<IpAddr>, headers: &[(&'static str, &[u8])]) -> Option<IpAddr> {
    let header = |(name, value): &(&'static str, &[u8])| {
        let value = HeaderValue::from_bytes(value).unwrap();
        (HeaderName::from_static(name), value)
    };
    client_address(peer.into(), &headers.iter().map(header).collect(), trusts)
}

#[test]
fn headers_of_an_untrusted_peer_are_ignored() {
    let forged: [(_, &[u8]); 2] =
        [("forwarded", b"for=192.0.2.9"), ("x-forwarded-for", b"192.0.2.9")];
    let untrusted = Ipv4Addr::new(192, 0, 2, 1);
    assert_eq!(client(untrusted, &forged), Some(untrusted.into()));
    assert_eq!(client(untrusted.to_ipv6_mapped(), &forged), Some(untrusted.into()));
    assert_eq!(client(PROXY, &[]), None);
}

#[test]
fn a_list_that_hides_the_client_leaves_no_address() {
    for list in [
        "for=_hidden",
        "for=unknown",
        "proto=https",
        "",
        " , ",
        "for=\"192.0.2.9, for=192.0.2.7",
        "for=192.0.2.9;for=192.0.2.7",
        "for=192.0.2.9, for=_hidden, for=10.0.0.2",
    ] {
        assert_eq!(client(PROXY, &[("forwarded", list.as_bytes())]), None, "{list}");
    }
    for list in [&b"unknown"[..], b"", b"\xff", b"192.0.2.9, fe80::1%eth0, 10.0.0.2"] {
        assert_eq!(client(PROXY, &[("x-forwarded-for", list)]), None, "{list:?}");
    }
    let list: &[u8] = b"\xff, 192.0.2.7";
    let known = client(PROXY, &[("x-forwarded-for", list)]);
    assert_eq!(known, Some([192, 0, 2, 7].into()));
}

/// The unit tests of `forwarding` contain all forms of an address.
#[test]
fn only_entries_of_trusted_proxies_are_followed() {
    let standard = |lines: &[&'static str]| headers("forwarded", lines);
    let usual = |lines: &[&'static str]| headers("x-forwarded-for", lines);
    for (headers, expected) in [
        (standard(&["for=192.0.2.7"]), Some("192.0.2.7")),
        (standard(&["For=\"[2001:db8::7]:443\";proto=https"]), Some("2001:db8::7")),
        (standard(&["for=192.0.2.9, for=192.0.2.7;host=\"a,b\""]), Some("192.0.2.7")),
        (standard(&["for=192.0.2.9", "for=192.0.2.7"]), Some("192.0.2.7")),
        (standard(&["for=192.0.2.7, for=\"10.0.0.2:80\"", "for=10.9.9.9"]), Some("192.0.2.7")),
        (standard(&["for=_hidden, for=192.0.2.7, for=10.0.0.2"]), Some("192.0.2.7")),
        (standard(&["for=192.0.2.7, for=unknown, for=10.0.0.2"]), None),
        (standard(&["for=10.0.0.3, for=10.0.0.2"]), Some("10.0.0.3")),
        (usual(&["192.0.2.7"]), Some("192.0.2.7")),
        (usual(&["192.0.2.9, 192.0.2.7 ,\t10.0.0.2"]), Some("192.0.2.7")),
        (usual(&["192.0.2.9", "2001:db8::7", "::ffff:10.0.0.2"]), Some("2001:db8::7")),
        (usual(&["192.0.2.7, _hidden"]), None),
        (usual(&["10.0.0.3, [::ffff:10.0.0.2]:80"]), Some("10.0.0.3")),
    ] {
        let expected = expected.map(|text| text.parse().unwrap());
        assert_eq!(client(PROXY, &headers), expected, "{headers:?}");
    }
}

fn headers(name: &'static str, lines: &[&'static str]) -> Vec<(&'static str, &'static [u8])> {
    lines.iter().map(|line| (name, line.as_bytes())).collect()
}
