//! Where clients reach the service, for the links in answers. Owns whose word counts for it; must never take the word of
//! somebody who is no trusted proxy.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderMap};
use percent_encoding::utf8_percent_encode;
use thiserror::Error;

use crate::connections::local_address;
use crate::forwarding::{elements, header_list};
use crate::request::ENCODED;
use crate::state::ApiSettings;

/// A scheme, a host with or without a port, and the path below which a proxy serves the API. Without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    origin: String,
    prefix: String,
}

/// The text is no base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be a URL such as https://users.example.com or https://example.com/users")]
pub struct InvalidBaseUrl;

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let uri: Uri = text.parse().map_err(|_| InvalidBaseUrl)?;
        let scheme = uri.scheme_str().and_then(scheme).ok_or(InvalidBaseUrl)?;
        let authority = uri.authority().map(ToString::to_string);
        let host = authority.and_then(|host| checked_host(&host));
        if uri.query().is_some() {
            return Err(InvalidBaseUrl);
        }
        Ok(Self {
            origin: format!("{scheme}://{}", host.ok_or(InvalidBaseUrl)?),
            prefix: prefix(uri.path()).ok_or(InvalidBaseUrl)?,
        })
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, prefix } = self;
        write!(f, "{origin}{prefix}")
    }
}

/// What links in an answer begin with. Its origin is the first of these that there is: the host that a trusted proxy names,
/// the configured public URL, the host that the client names, the address the server listens on.
pub(crate) fn of(request: &HttpRequest, settings: &ApiSettings) -> String {
    let forwarded = Forwarded::of(request, settings);
    let own = if request.app_config().secure() {
        "https"
    } else {
        "http"
    };
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

/// The path below which a proxy serves the API, without a slash at its end: what a trusted proxy names, else that of the
/// configured public URL.
pub(crate) fn prefix_of(request: &HttpRequest, settings: &ApiSettings) -> String {
    Forwarded::of(request, settings).prefix(settings).to_owned()
}

/// A URL below a base, with these parameters.
pub(crate) fn url<'p>(
    base: &str,
    path: &str,
    pairs: impl Iterator<Item = (&'p str, &'p str)>,
) -> String {
    let encode = |text| utf8_percent_encode(text, ENCODED);
    let query: Vec<_> = pairs
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    format!("{base}{path}?{}", query.join("&"))
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

    /// `Forwarded` (RFC 7239) or the `X-Forwarded-` headers: of the two, what the proxies do not write is not there.
    fn read(headers: &HeaderMap, trusts: impl Fn(IpAddr) -> bool) -> Self {
        let last = |name| last(headers, name);
        match header_list(headers, header::FORWARDED.as_str()) {
            Some(forwarded) => Self::from_standard(&forwarded, trusts),
            None => Self {
                scheme: last("x-forwarded-proto").and_then(|word| scheme(&word)),
                host: last("x-forwarded-host").and_then(|host| checked_host(&host)),
                port: last("x-forwarded-port").and_then(|port| port.parse().ok()),
                prefix: last("x-forwarded-prefix").and_then(|path| prefix(&path)),
            },
        }
    }

    /// A host that names no port itself, with the port that the proxy names, unless every client knows it by the scheme.
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
                ..believed
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

/// A path without a slash at its end; `None` where the text is none, or would bend a URL or a page that it stands in.
fn prefix(text: &str) -> Option<String> {
    const MAX_BYTES: usize = 255;

    let path = text.strip_suffix('/').unwrap_or(text);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~%".contains(&b);
    let sound = |segment: &str| !["", ".", ".."].contains(&segment) && segment.bytes().all(plain);
    let is_path = path.is_empty() || path.strip_prefix('/')?.split('/').all(sound);
    (is_path && path.len() <= MAX_BYTES).then(|| path.to_owned())
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
mod tests;
