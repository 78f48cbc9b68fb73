//! What the adapter adds to a connection URL: limits that only libpq can keep.

use std::time::Duration;

use thiserror::Error;

/// The text is no connection URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the database URL must begin with postgres:// or postgresql:// and hold no NUL")]
pub struct InvalidUrl;

/// The URL with limits on connecting and on silence. What the URL says itself stays as it is.
pub(crate) fn with_limits(url: &str, connect_timeout: Duration) -> Result<String, InvalidUrl> {
    let known = ["postgres://", "postgresql://"];
    if !known.iter().any(|scheme| url.starts_with(scheme)) || url.contains('\0') {
        return Err(InvalidUrl);
    }
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
        result.push_str(&format!("{separator}{name}={value}"));
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
    fn other_texts_are_refused() {
        for text in ["", "host=localhost", "mysql://h/db", "postgres://h/\0"] {
            assert_eq!(with_limits(text, LIMIT), Err(InvalidUrl), "{text:?}");
        }
    }
}
