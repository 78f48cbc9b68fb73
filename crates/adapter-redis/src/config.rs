//! Where the server is, and how long is waited for it.
//!
//! Must never quote a URL: it may hold a password.

use std::fmt;
use std::time::Duration;

use redis::aio::ConnectionManagerConfig;
use redis::io::tcp::TcpSettings;
use redis::{Client, IntoConnectionInfo as _};
use thiserror::Error;

/// The text is no URL of a server.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "must be redis://user:password@host:port/database, rediss://… with TLS, or unix:///path/to/socket"
)]
pub struct InvalidUrl;

/// Whether this is the URL of a server. Connects to nothing.
///
/// # Errors
/// [`InvalidUrl`].
pub fn check_url(url: &str) -> Result<(), InvalidUrl> {
    RedisConfig::at(url).client().map(drop)
}

/// How the server is reached.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisConfig {
    /// `redis://`, `rediss://` (TLS, against the system's certificates) or `unix://`.
    pub url: String,
    /// The longest that one call may take, a wait for the connection included.
    pub call_timeout: Duration,
    /// The longest that a new connection may take. Calls do not wait for it any longer than for an answer.
    pub connect_timeout: Duration,
}

impl RedisConfig {
    /// How long a call may take unless said otherwise: many times what a server nearby needs, and little for a request
    /// that would otherwise be answered in milliseconds.
    pub const CALL_TIMEOUT: Duration = Duration::from_millis(100);

    /// How long a connection may take unless said otherwise.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

    /// A connection after which the other end acknowledged nothing for this long is given up.
    const SILENCE: Duration = Duration::from_secs(5);

    /// The server at this URL, with the usual limits.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            call_timeout: Self::CALL_TIMEOUT,
            connect_timeout: Self::CONNECT_TIMEOUT,
        }
    }

    /// Connects to nothing.
    pub(crate) fn client(&self) -> Result<Client, InvalidUrl> {
        let server = self.url.as_str().into_connection_info();
        let settings = TcpSettings::default().set_nodelay(true);
        #[cfg(target_os = "linux")]
        let settings = settings.set_user_timeout(Self::SILENCE);
        server
            .and_then(|server| Client::open(server.set_tcp_settings(settings)))
            .map_err(|_| InvalidUrl)
    }

    /// One attempt to connect, in the background, for as many calls as come meanwhile; the first call after it failed
    /// begins the next. So nobody waits longer than its own limit, and what is refused at once is told at once.
    pub(crate) fn reconnecting(&self) -> ConnectionManagerConfig {
        ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.call_timeout))
    }
}

impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("call_timeout", &self.call_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_three_kinds_are_taken() {
        for url in [
            "redis://127.0.0.1",
            "redis://user:p%40ss@host:6380/3",
            "rediss://host",
            "unix:///run/redis.sock",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in ["", "http://host", "127.0.0.1:6379", "redis://:secret@/x"] {
            assert_eq!(check_url(url), Err(InvalidUrl), "{url}");
        }
    }

    #[test]
    fn the_password_is_not_shown() {
        let config = RedisConfig::at("redis://:hunter2@host");
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
