//! Parses the headers in which proxies describe the requests that they forward: `Forwarded` and `X-Forwarded-*`.
//! Callers decide which proxies to trust.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::http::header::{FORWARDED, HeaderMap};

use crate::http::settings::ProxyHeaders;

const X_FORWARDED: [&str; 5] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
];

/// Removes the headers that the configured proxies do not write. Proxies pass such headers through, so only a client
/// can have sent them.
pub(crate) fn remove_unwritten(headers: &mut HeaderMap, written: ProxyHeaders) {
    match written {
        ProxyHeaders::XForwarded => {
            headers.remove(FORWARDED);
        }
        ProxyHeaders::Forwarded => {
            for name in X_FORWARDED {
                headers.remove(name);
            }
        }
    }
}

/// Joins all values of a header into one list. A value that is not UTF-8 stays in the list as an unknown entry.
pub(crate) fn header_list(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<Cow<'_, str>> =
        headers.get_all(name).map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// The address from which each proxy received the request, the nearest proxy last, from `Forwarded` (RFC 7239) or else
/// `X-Forwarded-For`. Returns `None` without either header. An entry is `None` if its address is unknown.
pub(crate) fn senders(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let senders: Vec<_> = if let Some(list) = header_list(headers, FORWARDED.as_str()) {
        let elements = elements(&list).unwrap_or_default();
        elements.iter().map(Element::sender).collect()
    } else {
        let list = header_list(headers, "x-forwarded-for")?;
        let entries = list.split(',').map(str::trim);
        let entries = entries.filter(|entry| !entry.is_empty());
        entries.map(|entry| node_address(&unquoted(entry)?)).collect()
    };
    // A malformed or empty list hides the client.
    Some(if senders.is_empty() { vec![None] } else { senders })
}

/// Parses the address of a node, with or without brackets and a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`,
/// `[2001:db8::1]`, `[2001:db8::1]:80`. Returns `None` for `unknown`, obfuscated identifiers and other text. Returns
/// IPv4-mapped IPv6 addresses (`::ffff:…`) as IPv4.
fn node_address(node: &str) -> Option<IpAddr> {
    if let Ok(address) = node.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let (address, port): (IpAddr, _) = if let Some(rest) = node.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        let port = (!rest.is_empty()).then(|| rest.strip_prefix(':').unwrap_or_default());
        (address.parse::<Ipv6Addr>().ok()?.into(), port)
    } else {
        let (address, port) = node.split_once(':')?;
        (address.parse::<Ipv4Addr>().ok()?.into(), Some(port))
    };
    port.is_none_or(is_port).then(|| address.to_canonical())
}

/// Accepts digits or an obfuscated port (RFC 7239 section 6).
fn is_port(text: &str) -> bool {
    let digits = !text.is_empty() && text.len() <= 5 && text.bytes().all(|b| b.is_ascii_digit());
    let hidden = text.strip_prefix('_').is_some_and(|name| {
        let known = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        !name.is_empty() && name.bytes().all(known)
    });
    digits || hidden
}

/// One element of `Forwarded`: the parameters that one proxy wrote, by lower-case name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Element(BTreeMap<String, String>);

impl Element {
    /// The value of a parameter, without quotes.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The address in the `for` parameter, if it is an address.
    pub(crate) fn sender(&self) -> Option<IpAddr> {
        self.get("for").and_then(node_address)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parameters = BTreeMap::new();
        for pair in split_outside_quotes(text, ';')? {
            if pair.trim().is_empty() {
                continue;
            }
            let (name, value) = pair.split_once('=')?;
            let name = name.trim().to_ascii_lowercase();
            if parameters.insert(name, unquoted(value.trim())?).is_some() {
                return None;
            }
        }
        Some(Self(parameters))
    }
}

/// Parses a `Forwarded` list (RFC 7239 section 4). Returns `None` if any part is malformed: the boundaries between the
/// elements of different proxies are then unknown.
pub(crate) fn elements(list: &str) -> Option<Vec<Element>> {
    split_outside_quotes(list, ',')?
        .into_iter()
        .filter(|element| !element.trim().is_empty())
        .map(Element::parse)
        .collect()
}

/// Returns `None` if a quote is not closed.
fn split_outside_quotes(text: &str, separator: char) -> Option<Vec<&str>> {
    let (mut quoted, mut escaped) = (false, false);
    let pieces = text
        .split(|character| {
            let literal = escaped;
            escaped = quoted && !literal && character == '\\';
            quoted ^= character == '"' && !literal;
            character == separator && !quoted
        })
        .collect();
    (!quoted).then_some(pieces)
}

/// The text of a token, or of a value that is one quoted string.
fn unquoted(value: &str) -> Option<String> {
    let Some(rest) = value.strip_prefix('"') else {
        return (!value.contains('"')).then(|| value.to_owned());
    };
    let mut text = String::new();
    let mut characters = rest.strip_suffix('"')?.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.push(characters.next()?),
            '"' => return None,
            plain => text.push(plain),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests;
