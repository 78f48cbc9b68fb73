//! Which connection URLs are taken, and what the adapter adds to them: limits that only libpq can keep.
//!
//! Must never quote a URL: it holds a password.

use std::time::Duration;

use thiserror::Error;

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// The text is no connection URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "the database URL must be postgres://role:password@host:port/database; in role and password, other characters than \
     letters, digits, '-', '.', '_' and '~' are written as %XX"
)]
pub struct InvalidUrl;

/// Whether a URL is one that [`Pool::new`](crate::Pool::new) and [`migrate`](crate::migrate) take. libpq would quote
/// what it cannot parse, so what may hold a piece of a password is looked at before libpq sees it.
///
/// # Errors
/// [`InvalidUrl`].
pub fn check_url(url: &str) -> Result<(), InvalidUrl> {
    let rest = SCHEMES
        .iter()
        .find_map(|scheme| url.strip_prefix(scheme))
        .ok_or(InvalidUrl)?;
    let authority_ends = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, behind) = rest.split_at(authority_ends);
    let (user, hosts) = authority.split_once('@').unwrap_or(("", authority));
    let password = user.split_once(':').map_or("", |(_, password)| password);
    let query = behind.split_once('?').map_or("", |(_, query)| query);
    let is_sound = is_escaped(rest)
        && ![password, hosts, behind].concat().contains('@')
        && !password.contains(':')
        && hosts.split(',').all(is_host)
        && query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .all(is_pair);
    if is_sound { Ok(()) } else { Err(InvalidUrl) }
}

/// No control characters, no spaces, and every `%` begins the code of a character but NUL.
fn is_escaped(text: &str) -> bool {
    let mut pieces = text.split('%');
    let plain = |c: char| !c.is_control() && !c.is_whitespace();
    pieces.next();
    text.chars().all(plain)
        && pieces.all(|piece| {
            piece
                .get(..2)
                .and_then(|digits| hex(digits.as_bytes()))
                .is_some_and(|code| code != 0)
        })
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |code, digit| {
        Some(code * 16 + char::from(*digit).to_digit(16)?)
    })
}

/// `name`, `name:port`, `[address]` or `[address]:port`; all of it may be missing.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) if !address.is_empty() => (
                address,
                port.strip_prefix(':').or(port.is_empty().then_some("")),
            ),
            _ => return false,
        },
        None => text
            .split_once(':')
            .map_or((text, Some("")), |(host, port)| (host, Some(port))),
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

/// The URL with limits on connecting and on silence. What the URL says itself stays as it is.
pub(crate) fn with_limits(url: &str, connect_timeout: Duration) -> Result<String, InvalidUrl> {
    check_url(url)?;
    let limits = [
        ("connect_timeout", connect_timeout.as_secs().max(2)),
        ("tcp_user_timeout", 15_000),
        ("keepalives_idle", 10),
        ("keepalives_interval", 5),
        ("keepalives_count", 3),
    ];
    let query = url.split_once('?').map(|(_, query)| query);
    let is_set = |name: &str| {
        let mut pairs = query.unwrap_or_default().split('&');
        pairs.any(|pair| pair.split('=').next() == Some(name))
    };
    let mut result = url.to_owned();
    let mut separator = match query {
        None => "?",
        Some("") => "",
        Some(_) => "&",
    };
    for (name, value) in limits.into_iter().filter(|(name, _)| !is_set(name)) {
        result.extend([separator, name, "=", &value.to_string()]);
        separator = "&";
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    #[test]
    fn limits_are_added_to_what_there_is() {
        let plain = with_limits("postgres://a:b@h/db", LIMIT).unwrap();
        assert!(plain.starts_with("postgres://a:b@h/db?connect_timeout=5&tcp_user_timeout=15000&"));
        let with_query = with_limits("postgresql:///db?host=/run", LIMIT).unwrap();
        assert!(with_query.starts_with("postgresql:///db?host=/run&connect_timeout=5&"));
    }

    #[test]
    fn what_the_url_says_stays() {
        let url = with_limits("postgres://h/db?connect_timeout=9", LIMIT).unwrap();
        assert_eq!(url.matches("connect_timeout").count(), 1);
        assert!(url.contains("connect_timeout=9"));
    }

    #[test]
    fn urls_of_libpq_are_taken() {
        for text in [
            "postgres://",
            "postgres:///db",
            "postgres://h",
            "postgresql://role@h:5432/db",
            "postgresql://role:Secr%25et%40%2f@h/db?sslmode=require",
            "postgres://role:@h1:1,h2:2,[::1]:3/db",
            "postgres://role:p@/db?host=/run/postgresql&port=5432",
            "postgres://role@%2Frun%2Fpostgresql/db?",
        ] {
            assert_eq!(check_url(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_refused_and_not_quoted() {
        for text in [
            "",
            "Secret",
            "host=localhost password=Secret",
            "mysql://h/Secret",
            "postgres://h/\0Secret",
            "postgres://role:Secr%etPw@h/db",
            "postgres://role:Secret%@h/db",
            "postgres://role:Secret%0@h/db",
            "postgres://role:Secret%+1@h/db",
            "postgres://role:Secret%00@h/db",
            "postgres://role:Secret%é@h/db",
            "postgres://role:Sec@ret@h/db",
            "postgres://role:Sec/ret@h/db",
            "postgres://role:1/Secret@h/db",
            "postgres://role:1?Secret@h/db",
            "postgres://role:Sec:ret@h/db",
            "postgres://role:Sec ret@h/db",
            "postgres://role:Secret",
            "postgres://role:Secret@h:port/db",
            "postgres://role:Secret@h:0/db",
            "postgres://role:Secret@h:65536/db",
            "postgres://role:Secret@h:-1/db",
            "postgres://role:Secret@[::1/db",
            "postgres://role:Secret@[::1]5/db",
            "postgres://role:[Secret@::1/db",
            "postgres://h/db?Secret",
            "postgres://h/db?password=Secret=",
            "postgres://h/db?port=Secret",
        ] {
            assert_eq!(check_url(text), Err(InvalidUrl), "{text:?}");
            assert_eq!(with_limits(text, LIMIT), Err(InvalidUrl), "{text:?}");
        }
        assert!(!InvalidUrl.to_string().contains("Secret"));
    }
}
