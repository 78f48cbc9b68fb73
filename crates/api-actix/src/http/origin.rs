//! The public base URL of the service, for links in responses. Uses forwarding headers only from trusted proxies.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use percent_encoding::utf8_percent_encode;

use crate::http::base_url::{checked_host, prefix, scheme};
use crate::http::connections::local_address;
use crate::http::forwarding::{elements, header_list};
use crate::http::request::ENCODED;
use crate::http::settings::ApiSettings;

/// The base of links in a response. The origin is the first available of: the host named by a trusted proxy, the
/// configured public URL, the host named by the client, the address that the server listens on.
pub(crate) fn of(request: &HttpRequest, settings: &ApiSettings) -> String {
    let forwarded = Forwarded::of(request, settings);
    let own = if request.app_config().secure() { "https" } else { "http" };
    let scheme = forwarded.scheme.unwrap_or(own);
    let on = |host: String| format!("{scheme}://{}", forwarded.with_port(host, scheme));
    let origin = match (&forwarded.host, &settings.public_url) {
        (Some(host), _) => on(host.clone()),
        (None, Some(public_url)) => public_url.origin.clone(),
        (None, None) => {
            let own = || match local_address(request) {
                Some(address) => address.to_string(),
                None => request.app_config().host().to_owned(),
            };
            let host = host_of(request).unwrap_or_else(own);
            on(host)
        }
    };
    format!("{origin}{}", forwarded.prefix(settings))
}

/// The path prefix of the API, without a trailing slash: the one that a trusted proxy names, else the one in the
/// configured public URL.
pub(crate) fn prefix_of(request: &HttpRequest, settings: &ApiSettings) -> String {
    Forwarded::of(request, settings).prefix(settings).to_owned()
}

pub(crate) fn url<'p>(
    base: &str,
    path: &str,
    pairs: impl Iterator<Item = (&'p str, &'p str)>,
) -> String {
    let encode = |text| utf8_percent_encode(text, ENCODED);
    let query: Vec<_> =
        pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    format!("{base}{path}?{}", query.join("&"))
}

/// A host in the request target takes precedence over the `Host` header (RFC 9112 section 3.2.2).
fn host_of(request: &HttpRequest) -> Option<String> {
    let of_target = request.uri().authority().map(ToString::to_string);
    of_target
        .or_else(|| header_list(request.headers(), header::HOST.as_str()))
        .and_then(|host| checked_host(&host))
}

/// The forwarding details that a trusted proxy reports.
#[derive(Debug, Default, PartialEq, Eq)]
struct Forwarded {
    scheme: Option<&'static str>,
    host: Option<String>,
    port: Option<u16>,
    prefix: Option<String>,
}

impl Forwarded {
    fn of(request: &HttpRequest, settings: &ApiSettings) -> Self {
        let trusts = |address| (settings.trusts_proxy)(address);
        match request.peer_addr() {
            Some(peer) if trusts(peer.ip().to_canonical()) => Self::read(request.headers(), trusts),
            _ => Self::default(),
        }
    }

    /// Reads `Forwarded` (RFC 7239) or the `X-Forwarded-*` headers. The kind that the proxies do not write was removed
    /// before.
    fn read(headers: &HeaderMap, trusts: impl Fn(IpAddr) -> bool) -> Self {
        let last = |name| last(headers, name);
        match header_list(headers, header::FORWARDED.as_str()) {
            Some(forwarded) => Self::from_standard(&forwarded, trusts),
            None => Self {
                scheme: last("x-forwarded-proto").and_then(|name| scheme(&name)),
                host: last("x-forwarded-host").and_then(|host| checked_host(&host)),
                port: last("x-forwarded-port").and_then(|port| port.parse().ok()),
                prefix: last("x-forwarded-prefix").and_then(|path| prefix(&path)),
            },
        }
    }

    /// Adds the proxy's port to a host without one, except for the default port of the scheme.
    fn with_port(&self, host: String, scheme: &str) -> String {
        let has_port = host.ends_with(|c: char| c.is_ascii_digit()) && host.contains(':');
        let known = if scheme == "https" { 443 } else { 80 };
        match self.port {
            Some(port) if port != known && port > 0 && !has_port => format!("{host}:{port}"),
            _ => host,
        }
    }

    fn prefix<'a>(&'a self, settings: &'a ApiSettings) -> &'a str {
        let configured = settings.public_url.as_ref().map(|url| url.prefix.as_str());
        self.prefix.as_deref().or(configured).unwrap_or_default()
    }

    /// Each proxy appends an element. Reads elements from the end while their writer is trusted; the writer of an
    /// element is the sender in the next element.
    fn from_standard(list: &str, trusts: impl Fn(IpAddr) -> bool) -> Self {
        let mut believed = Self::default();
        for element in elements(list).unwrap_or_default().iter().rev() {
            let scheme = element.get("proto").and_then(scheme);
            let host = element.get("host").and_then(checked_host);
            believed = Self {
                scheme: scheme.or(believed.scheme),
                host: host.or(believed.host),
                ..believed
            };
            if !element.sender().is_some_and(&trusts) {
                break;
            }
        }
        believed
    }
}

fn last(headers: &HeaderMap, name: &str) -> Option<String> {
    let list = header_list(headers, name)?;
    list.rsplit(',').next().map(|entry| entry.trim().to_owned())
}

#[cfg(test)]
mod tests;
