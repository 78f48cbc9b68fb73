//! The Redis server's address and the time limits of calls.
//!
//! Must never quote a URL, because it may contain a password.

use std::fmt;
use std::time::Duration;

use redis::aio::ConnectionManagerConfig;
use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};
use thiserror::Error;

/// The text is not a valid server URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "must be redis://user:password@host:port/database, rediss://… with TLS, or unix:///path/to/socket"
)]
pub struct InvalidUrl;

/// Checks that the text is a server URL that verifies certificates. Does not connect.
///
/// # Errors
/// [`InvalidUrl`] if it is not.
pub fn check_url(url: &str) -> Result<(), InvalidUrl> {
    RedisConfig::at(url).client().map(drop)
}

/// Address and time limits of the server.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisConfig {
    /// `redis://`, `rediss://` (TLS, against the system's certificates) or `unix://`.
    pub url: String,
    /// Maximum duration of one call, including the wait for the connection.
    pub call_timeout: Duration,
    /// Maximum duration of a connection attempt. A call waits for it no longer than `call_timeout`.
    pub connect_timeout: Duration,
}

impl RedisConfig {
    /// Default of `call_timeout`: many times what a server nearby needs, and short compared with a request that is
    /// otherwise answered in milliseconds.
    pub const CALL_TIMEOUT: Duration = Duration::from_millis(100);

    /// Default of `connect_timeout`.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

    /// A connection is closed after the peer has acknowledged nothing for this long.
    const SILENCE: Duration = Duration::from_secs(5);

    /// The server at this URL, with the default limits.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            call_timeout: Self::CALL_TIMEOUT,
            connect_timeout: Self::CONNECT_TIMEOUT,
        }
    }

    /// Creates the client. Does not connect.
    pub(crate) fn client(&self) -> Result<Client, InvalidUrl> {
        let server = self.url.as_str().into_connection_info();
        let settings = TcpSettings::default().set_nodelay(true);
        #[cfg(target_os = "linux")]
        let settings = settings.set_user_timeout(Self::SILENCE);
        // `#insecure` would accept any certificate.
        let is_verified = |server: &ConnectionInfo| {
            !matches!(server.addr(), ConnectionAddr::TcpTls { insecure: true, .. })
        };
        let server = server.ok().filter(is_verified).ok_or(InvalidUrl)?;
        Client::open(server.set_tcp_settings(settings)).map_err(|_| InvalidUrl)
    }

    /// Connects once, in the background, for all calls that arrive meanwhile; the first call after a failure starts the
    /// next attempt. So a call never waits longer than its own limit, and a refused connection is reported at once.
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
mod tests;
