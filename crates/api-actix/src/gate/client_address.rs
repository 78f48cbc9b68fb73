//! Where a request came from. Owns whose word counts for it: the connection's, and that of trusted proxies.

use std::net::IpAddr;

use actix_web::http::header::{FORWARDED, HeaderMap};

use crate::forwarding::{elements, header_list};
use crate::origin::node_address;

/// The peer, or, where that is a trusted proxy, who it received the request from, and so on outwards until somebody is
/// no trusted proxy or does not say.
pub(super) fn client_address(
    peer: IpAddr,
    headers: &HeaderMap,
    trusts: impl Fn(IpAddr) -> bool,
) -> IpAddr {
    let mut client = peer;
    if !trusts(peer) {
        return client;
    }
    for sender in senders(headers).iter().rev() {
        let Some(sender) = node_address(sender) else {
            break;
        };
        client = sender.to_canonical();
        if !trusts(client) {
            break;
        }
    }
    client
}

/// Who each proxy received the request from, the nearest proxy's word last: `Forwarded` (RFC 7239) or
/// `X-Forwarded-For`. Of the two, what the proxies do not write is not there.
fn senders(headers: &HeaderMap) -> Vec<String> {
    let Some(standard) = header_list(headers, FORWARDED.as_str()) else {
        let list = header_list(headers, "x-forwarded-for").unwrap_or_default();
        return list
            .split(',')
            .map(|sender| sender.trim().to_owned())
            .collect();
    };
    elements(&standard)
        .unwrap_or_default()
        .iter()
        .map(|element| element.get("for").unwrap_or_default().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    const PROXY: [u8; 4] = [10, 0, 0, 1];

    fn client(peer: [u8; 4], headers: &[(&'static str, &'static str)]) -> String {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        let trusts = |address: IpAddr| address.to_string().starts_with("10.");
        client_address(peer.into(), &headers, trusts).to_string()
    }

    #[test]
    fn a_stranger_is_who_it_is_whatever_it_says() {
        let forged = [
            ("forwarded", "for=192.0.2.9"),
            ("x-forwarded-for", "192.0.2.9"),
        ];
        assert_eq!(client([192, 0, 2, 1], &forged), "192.0.2.1");
        assert_eq!(client(PROXY, &[]), "10.0.0.1");
    }

    #[test]
    fn trusted_proxies_are_followed_outwards_and_nobody_else() {
        let forged = "198.51.100.1, 192.0.2.7, 10.0.0.2";
        assert_eq!(client(PROXY, &[("x-forwarded-for", forged)]), "192.0.2.7");
        let standard = "for=198.51.100.1, for=\"[2001:db8::1]:80\";proto=https, for=10.0.0.2";
        assert_eq!(client(PROXY, &[("forwarded", standard)]), "2001:db8::1");
        for hidden in ["for=_hidden", "for=unknown", "proto=https", ""] {
            assert_eq!(
                client(PROXY, &[("forwarded", hidden)]),
                "10.0.0.1",
                "{hidden}"
            );
        }
    }

    #[test]
    fn a_list_out_of_form_is_not_believed() {
        for list in [
            "for=\"192.0.2.9, for=192.0.2.7",
            "for=192.0.2.9;for=192.0.2.7",
        ] {
            assert_eq!(client(PROXY, &[("forwarded", list)]), "10.0.0.1", "{list}");
        }
        let list = "for=\"x, for=192.0.2.9\", for=192.0.2.7;by=\"a,b\"";
        assert_eq!(client(PROXY, &[("forwarded", list)]), "192.0.2.7");
    }
}
