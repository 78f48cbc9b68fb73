//! The origin that a client used, for the absolute URLs in answers. Owns whose word counts for it; must never take the
//! word of somebody who is no trusted proxy.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderMap};
use percent_encoding::utf8_percent_encode;

use crate::connections::local_address;
use crate::forwarding::{elements, header_list};
use crate::request::ENCODED;
use crate::state::ApiSettings;

/// Scheme, host and port that links in an answer begin with, without a slash at the end. The first of these that there
/// is: the host that a trusted proxy names, the configured public URL, the host that the client names, the address the
/// server listens on.
pub(crate) fn of(request: &HttpRequest, settings: &ApiSettings) -> String {
    let trusts = |address| (settings.trusts_proxy)(address);
    let forwarded = match request.peer_addr() {
        Some(peer) if trusts(peer.ip().to_canonical()) => {
            Forwarded::read(request.headers(), trusts)
        }
        _ => Forwarded::default(),
    };
    let own = if request.app_config().secure() {
        "https"
    } else {
        "http"
    };
    let scheme = forwarded.scheme.unwrap_or(own);
    match (forwarded.host, &settings.public_url) {
        (Some(host), _) => format!("{scheme}://{host}"),
        (None, Some(public_url)) => public_url.clone(),
        (None, None) => {
            let own = || match local_address(request) {
                Some(address) => address.to_string(),
                None => request.app_config().host().to_owned(),
            };
            let host = host_of(request).unwrap_or_else(own);
            format!("{scheme}://{host}")
        }
    }
}

/// A URL on an origin, with these parameters.
pub(crate) fn url<'p>(
    origin: &str,
    path: &str,
    pairs: impl Iterator<Item = (&'p str, &'p str)>,
) -> String {
    let encode = |text| utf8_percent_encode(text, ENCODED);
    let query: Vec<_> = pairs
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    format!("{origin}{path}?{}", query.join("&"))
}

/// The target's own host counts before the header (RFC 9112 section 3.2.2).
fn host_of(request: &HttpRequest) -> Option<String> {
    let of_target = request.uri().authority().map(ToString::to_string);
    of_target
        .or_else(|| header_list(request.headers(), header::HOST.as_str()))
        .and_then(|host| checked_host(&host))
}

/// What a trusted proxy says about the request that it received.
#[derive(Debug, Default, PartialEq, Eq)]
struct Forwarded {
    scheme: Option<&'static str>,
    host: Option<String>,
}

impl Forwarded {
    /// `Forwarded` (RFC 7239) or the `X-Forwarded-` pair: of the two, what the proxies do not write is not there.
    fn read(headers: &HeaderMap, trusts: impl Fn(IpAddr) -> bool) -> Self {
        match header_list(headers, header::FORWARDED.as_str()) {
            Some(list) => Self::from_standard(&list, trusts),
            None => Self {
                scheme: last(headers, "x-forwarded-proto").and_then(|word| scheme(&word)),
                host: last(headers, "x-forwarded-host").and_then(|host| checked_host(&host)),
            },
        }
    }

    /// Each proxy appends what it saw. From the end, elements are believed as long as their writer is trusted: the
    /// writer of an element is who the element behind it was received from.
    fn from_standard(list: &str, trusts: impl Fn(IpAddr) -> bool) -> Self {
        let mut believed = Self::default();
        for element in elements(list).unwrap_or_default().iter().rev() {
            let scheme = element.get("proto").and_then(scheme);
            let host = element.get("host").and_then(checked_host);
            believed = Self {
                scheme: scheme.or(believed.scheme),
                host: host.or(believed.host),
            };
            if !element.sender().is_some_and(&trusts) {
                break;
            }
        }
        believed
    }
}

/// The entry that the nearest proxy wrote.
fn last(headers: &HeaderMap, name: &str) -> Option<String> {
    let list = header_list(headers, name)?;
    list.rsplit(',').next().map(|entry| entry.trim().to_owned())
}

fn scheme(word: &str) -> Option<&'static str> {
    ["http", "https"]
        .into_iter()
        .find(|known| word.eq_ignore_ascii_case(known))
}

/// A host with or without a port, and nothing that would make a URL of another meaning.
fn checked_host(text: &str) -> Option<String> {
    const MAX_BYTES: usize = 261; // 255 for the name, a colon, five digits

    let authority = Uri::builder()
        .scheme("http")
        .authority(text)
        .path_and_query("/")
        .build()
        .ok()?
        .into_parts()
        .authority?;
    let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
    (plain && text.len() <= MAX_BYTES).then(|| authority.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actix_web::test::TestRequest;

    use super::*;

    fn settings(public_url: Option<&str>) -> ApiSettings {
        ApiSettings {
            public_url: public_url.map(str::to_owned),
            trusts_proxy: Arc::new(|address| {
                address.is_loopback() || address == IpAddr::from([10, 0, 0, 1])
            }),
            ..ApiSettings::default()
        }
    }

    fn origin(peer: &str, headers: &[(&str, &str)], public_url: Option<&str>) -> String {
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        of(&request.to_http_request(), &settings(public_url))
    }

    const PROXY: &str = "127.0.0.1:4000";
    const STRANGER: &str = "192.0.2.1:4000";
    const HOST: (&str, &str) = ("host", "users.internal:8080");

    #[test]
    fn without_a_proxy_it_is_the_host_that_the_client_names() {
        assert_eq!(
            origin(STRANGER, &[HOST], None),
            "http://users.internal:8080"
        );
        assert_eq!(
            origin(STRANGER, &[HOST], Some("https://users.example")),
            "https://users.example"
        );
        assert_eq!(origin(STRANGER, &[], None), "http://localhost:8080");
    }

    #[test]
    fn forwarding_headers_count_from_trusted_proxies_alone() {
        for forged in [
            ("forwarded", "host=evil.example;proto=https"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "https"),
        ] {
            assert_eq!(
                origin(STRANGER, &[HOST, forged], None),
                "http://users.internal:8080"
            );
        }
        let standard = (
            "forwarded",
            "for=192.0.2.9;host=\"a.example:444\";proto=https",
        );
        assert_eq!(
            origin(PROXY, &[HOST, standard], Some("https://users.example")),
            "https://a.example:444"
        );
        let pair = [
            HOST,
            ("x-forwarded-host", "b.example"),
            ("x-forwarded-proto", "HTTPS"),
        ];
        assert_eq!(origin(PROXY, &pair, None), "https://b.example");
        let proto_alone = [HOST, ("x-forwarded-proto", "https")];
        assert_eq!(
            origin(PROXY, &proto_alone, None),
            "https://users.internal:8080"
        );
        assert_eq!(
            origin(PROXY, &proto_alone, Some("https://users.example")),
            "https://users.example"
        );
    }

    #[test]
    fn what_a_client_smuggles_in_front_of_the_proxys_entry_is_not_believed() {
        let list = "for=192.0.2.9;host=evil.example, for=192.0.2.7;host=good.example;proto=https";
        assert_eq!(
            origin(PROXY, &[HOST, ("forwarded", list)], None),
            "https://good.example"
        );
        let pair = [HOST, ("x-forwarded-host", "evil.example, good.example")];
        assert_eq!(origin(PROXY, &pair, None), "http://good.example");
    }

    #[test]
    fn a_chain_of_trusted_proxies_is_followed_to_its_outer_end() {
        let list = "for=192.0.2.9;host=outer.example;proto=https, for=\"10.0.0.1:555\";host=inner;proto=http";
        assert_eq!(
            origin(PROXY, &[HOST, ("forwarded", list)], None),
            "https://outer.example"
        );
    }

    #[test]
    fn a_list_out_of_form_is_not_believed() {
        for list in [
            "for=\"192.0.2.9, for=192.0.2.7;host=good.example;proto=https",
            "for=192.0.2.7;host=a.example;host=b.example",
        ] {
            let headers = [HOST, ("forwarded", list)];
            assert_eq!(origin(PROXY, &headers, None), "http://users.internal:8080");
        }
        let list =
            "for=\"x,y\";host=evil.example, for=\"192.0.2.7\";by=\"a,b;c\";host=good.example";
        let headers = [HOST, ("forwarded", list)];
        assert_eq!(origin(PROXY, &headers, None), "http://good.example");
    }

    #[test]
    fn a_host_that_would_bend_the_url_is_ignored() {
        for host in ["a@b", "a/b", "a b", "a?b", "a#b", "", "<a>", "a\\b"] {
            let pair = [HOST, ("x-forwarded-host", host)];
            assert_eq!(
                origin(PROXY, &pair, None),
                "http://users.internal:8080",
                "{host}"
            );
        }
    }
}
