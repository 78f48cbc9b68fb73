//! Validates connection URLs, and adds limits to them that only libpq can enforce.
//!
//! Must never quote a URL, because it contains a password.

use std::net::IpAddr;
use std::time::Duration;

use diesel::{Connection as _, PgConnection};
use thiserror::Error;

use super::connect_error::refusal;

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// Parameters that libpq parses as numbers only when it connects.
const NUMBERS: [&str; 6] = [
    "connect_timeout",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "tcp_user_timeout",
];

/// The text is not a usable connection URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidUrl {
    /// It does not have the form of a connection URL.
    #[error(
        "the database URL must be postgres://role:password@host:port/database; in role and password, other characters than \
         letters, digits, '-', '.', '_' and '~' are written as %XX"
    )]
    Form,
    /// libpq rejects a part of it; the text describes the part without its value.
    #[error("the database URL is not accepted: {0}")]
    Refused(String),
}

/// Checks that [`Pool::new`](crate::Pool::new) and [`migrate`](crate::migrate) accept a URL. libpq quotes text that it
/// cannot parse, so parts that may contain a password are checked before libpq parses them. Contacts no server.
///
/// # Errors
/// [`InvalidUrl`].
pub fn check_url(url: &str) -> Result<(), InvalidUrl> {
    let rest =
        SCHEMES.iter().find_map(|scheme| url.strip_prefix(scheme)).ok_or(InvalidUrl::Form)?;
    let authority_ends = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(authority_ends);
    let (user, hosts) = authority.split_once('@').unwrap_or(("", authority));
    let password = user.split_once(':').map_or("", |(_, password)| password);
    let query = behind.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let is_sound = is_escaped(rest)
        && ![password, hosts, behind].concat().contains('@')
        && !password.contains(':')
        && hosts.split(',').all(is_host)
        && pairs.clone().all(is_pair);
    if !is_sound {
        return Err(InvalidUrl::Form);
    }
    let pairs: Vec<_> = pairs.filter_map(|pair| pair.split_once('=')).collect();
    let of = |wanted| pairs.iter().rev().find(|(name, _)| *name == wanted);
    let named = of("host").or(of("hostaddr")).map(|(_, hosts)| *hosts);
    match pairs.iter().find_map(|(name, value)| misfit(name, value)) {
        Some(misfit) => Err(InvalidUrl::Refused(misfit)),
        None => ask_libpq(url, named.unwrap_or(hosts)),
    }
}

/// Whether a URL that [`check_url`] accepts names a host on another machine and leaves encryption to libpq's default.
#[must_use]
pub fn may_be_unencrypted(url: &str) -> bool {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = address.split('/').next().unwrap_or_default();
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    let mut parameters = query.split('&').filter_map(|pair| pair.split_once('='));
    let named = parameters.clone().filter(|(name, _)| *name == "host");
    let mut hosts = hosts.split(',').chain(named.flat_map(|(_, value)| value.split(',')));
    let is_remote = |host: &str| {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let socket = name.is_empty() || name.starts_with('/') || name.starts_with("%2");
        let loopback = name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        !socket && !loopback && name != "localhost"
    };
    !parameters.any(|(name, _)| name == "sslmode") && hosts.any(is_remote)
}

/// Describes an error in a value that libpq checks only after it has chosen a server.
fn misfit(name: &str, value: &str) -> Option<String> {
    let is_address = |text: &str| text.is_empty() || text.parse::<IpAddr>().is_ok();
    let wanted = match name {
        // Escaped values are not checked.
        _ if value.contains('%') => return None,
        "hostaddr" if !value.split(',').all(is_address) => "a list of IP addresses",
        name if NUMBERS.contains(&name) && value.parse::<i32>().is_err() => "a whole number",
        _ => return None,
    };
    Some(format!("{name} must be {wanted}"))
}

/// Lets libpq check the rest of the URL, with each host replaced by one that no connection reaches. If a service file
/// or the environment may define several hosts, the ports are omitted.
fn ask_libpq(url: &str, hosts: &str) -> Result<(), InvalidUrl> {
    let nowhere = vec!["%2Fdev%2Fnull"; hosts.split(',').count()].join(",");
    let url = with_parameters(url, [("host", nowhere), ("hostaddr", String::new())]);
    let url = if hosts.is_empty() || hosts.contains('%') {
        with_parameters(&url, [("port", String::new())])
    } else {
        url
    };
    let failure = PgConnection::establish(&url).err();
    match failure.as_ref().and_then(refusal) {
        Some(message) => Err(InvalidUrl::Refused(message)),
        None => Ok(()),
    }
}

/// Whether the text has no control characters and no spaces, and every `%` starts the code of a character other than
/// NUL.
fn is_escaped(text: &str) -> bool {
    let mut pieces = text.split('%');
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    pieces.next();
    text.chars().all(plain)
        && pieces.all(|piece| {
            piece.get(..2).and_then(|digits| hex(digits.as_bytes())).is_some_and(|code| code != 0)
        })
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))
}

/// Whether the text is `name`, `name:port`, `[address]` or `[address]:port`; every part may be empty.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if !address.is_empty() => {
                (address, port.strip_prefix(':').or(port.is_empty().then_some("")))
            }
            _ => return false,
        },
        None => text.split_once(':').map_or((text, Some("")), |(host, port)| (host, Some(port))),
    };
    !host.contains(['[', ']']) && port.is_some_and(is_port)
}

fn is_port(text: &str) -> bool {
    text.is_empty() || text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn is_pair(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, value)| {
        !value.contains('=') && (name != "port" || value.split(',').all(is_port))
    })
}

/// Adds timeouts for connecting and for unresponsive connections. Keeps the parameters that the URL already has.
pub(crate) fn with_limits(url: &str, connect_timeout: Duration) -> Result<String, InvalidUrl> {
    check_url(url)?;
    let limits = [
        ("connect_timeout", connect_timeout.as_secs().max(2)),
        ("tcp_user_timeout", 15_000),
        ("keepalives_idle", 10),
        ("keepalives_interval", 5),
        ("keepalives_count", 3),
    ];
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let is_set = |name: &str| {
        let mut pairs = query.split('&');
        pairs.any(|pair| pair.split('=').next() == Some(name))
    };
    let limits = limits.into_iter().filter(|(name, _)| !is_set(name));
    Ok(with_parameters(url, limits.map(|(name, value)| (name, value.to_string()))))
}

fn with_parameters(
    url: &str,
    parameters: impl IntoIterator<Item = (&'static str, String)>,
) -> String {
    let mut result = url.to_owned();
    let mut separator = match url.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    for (name, value) in parameters {
        result.extend([separator, name, "=", &value]);
        separator = "&";
    }
    result
}

#[cfg(test)]
mod tests;
