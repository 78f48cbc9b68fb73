use std::net::{Ipv4Addr, Ipv6Addr};

use actix_web::http::header::{HeaderName, HeaderValue};
use proptest::prelude::*;
use proptest::sample::select;

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

/// A node as a proxy writes it, and its address.
fn node() -> impl Strategy<Value = (String, Option<IpAddr>)> {
    let port = || prop_oneof![any::<u16>().prop_map(|port| port.to_string()), "_[a-z0-9._-]{1,9}"];
    let v4 = prop_oneof![
        any::<Ipv4Addr>(),
        any::<[u8; 3]>().prop_map(|[b, c, d]| Ipv4Addr::new(10, b, c, d)),
    ];
    let v4 = (v4, port(), 0..5_u8).prop_map(|(address, port, form)| {
        let mapped = address.to_ipv6_mapped();
        let text = match form {
            0 => address.to_string(),
            1 => format!("{address}:{port}"),
            2 => mapped.to_string(),
            3 => format!("[{mapped}]"),
            _ => format!("[{mapped}]:{port}"),
        };
        (text, Some(IpAddr::V4(address)))
    });
    let v6 = (any::<Ipv6Addr>(), port(), 0..4_u8).prop_map(|(address, port, form)| {
        let text = match form {
            0 => address.to_string(),
            1 => format!("[{address}]"),
            2 => format!("[{address}]:{port}"),
            _ => address.segments().map(|segment| format!("{segment:04X}")).join(":"),
        };
        (text, Some(IpAddr::V6(address).to_canonical()))
    });
    let hidden = prop_oneof![Just("unknown".to_owned()), "_[A-Za-z0-9._-]{1,20}"];
    prop_oneof![3 => v4, 3 => v6, 1 => hidden.prop_map(|text| (text, None))]
}

/// The node as an element of `Forwarded`, with other parameters.
fn element(node: &str) -> impl Strategy<Value = String> + use<> {
    let token = node.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let quoted = format!("\"{node}\"");
    let node =
        if token { select(vec![node.to_owned(), quoted]).boxed() } else { Just(quoted).boxed() };
    let name = select(vec!["for", "For", "FOR"]);
    let before = select(vec!["", "proto=https;", "by=\"[::1]:80\" ; ", "x=\"a,b;\\\"c\";"]);
    let after = select(vec!["", ";host=\"a.example:1\"", " ; y=_b", ";"]);
    (before, name, node, after)
        .prop_map(|(before, name, node, after)| format!("{before}{name}={node}{after}"))
}

fn list() -> impl Strategy<Value = (bool, Vec<(String, Option<IpAddr>, bool)>)> {
    let entry = |standard: bool| {
        (node(), any::<bool>()).prop_flat_map(move |((text, address), new_line)| {
            let text = if standard { element(&text).boxed() } else { Just(text).boxed() };
            text.prop_map(move |text| (text, address, new_line))
        })
    };
    any::<bool>().prop_flat_map(move |standard| {
        (Just(standard), prop::collection::vec(entry(standard), 1..6))
    })
}

proptest! {
    #[test]
    fn only_entries_of_trusted_proxies_are_followed((standard, entries) in list()) {
        let mut lines: Vec<String> = Vec::new();
        for (text, _, new_line) in &entries {
            match lines.last_mut() {
                Some(line) if !new_line => line.extend([" ,\t", text.as_str()]),
                _ => lines.push(text.clone()),
            }
        }
        let name = if standard { "forwarded" } else { "x-forwarded-for" };
        let headers: Vec<_> = lines.iter().map(|line| (name, line.as_bytes())).collect();
        let last = entries.len() - 1;
        let decides = entries.iter().rev().position(|(_, sender, _)| !sender.is_some_and(trusts));
        let expected = entries[last - decides.unwrap_or(last)].1;
        prop_assert_eq!(client(PROXY, &headers), expected, "{:?}", lines);
    }
}
