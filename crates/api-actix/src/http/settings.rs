//! The settings of the API.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use users_domain::rules::DefaultLimits;

use super::base_url::BaseUrl;

/// Whether the peer is a trusted proxy, whose forwarding headers are used.
pub type TrustsProxy = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// The kind of forwarding headers that the trusted proxies write. Headers of the other kind come from clients and are
/// ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyHeaders {
    /// `X-Forwarded-For`, `X-Forwarded-Host` and `X-Forwarded-Proto`.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// The settings of the API.
#[derive(Clone)]
pub struct ApiSettings {
    /// The public base URL, used if no trusted proxy names a host.
    pub public_url: Option<BaseUrl>,
    /// Which peers are trusted proxies.
    pub trusts_proxy: TrustsProxy,
    /// Which forwarding headers the trusted proxies write.
    pub proxy_headers: ProxyHeaders,
    /// The largest request body about one user, in bytes.
    pub max_user_body_bytes: usize,
    /// The largest request body of a batch delete, in bytes.
    pub max_delete_body_bytes: usize,
    /// The largest request body with reports, in bytes.
    pub max_ingest_body_bytes: usize,
    /// The memory for responses that are being built or not yet read by their clients, in bytes.
    pub answer_memory_bytes: usize,
    /// The memory for request bodies, in bytes.
    pub body_memory_bytes: usize,
    /// The longest time from the head of a request to the head of its response.
    pub request_timeout: Duration,
    /// How long an authenticated key is cached; zero disables the cache.
    pub key_cache: Duration,
    /// The rate limits of keys and applications without their own.
    pub limits: DefaultLimits,
    /// How many audit log exports may run at once.
    pub audit_exports: usize,
    /// The lowest rate at which a client may read an export, in bytes per second.
    pub audit_export_bytes_per_second: u32,
    /// How far a client may fall behind that rate before its export is aborted.
    pub audit_export_slack: Duration,
}

impl Default for ApiSettings {
    /// The limits of the contract, no trusted proxy, and the time limits of the default configuration.
    fn default() -> Self {
        Self {
            public_url: None,
            trusts_proxy: Arc::new(|_| false),
            proxy_headers: ProxyHeaders::default(),
            max_user_body_bytes: 256 * 1024,
            max_delete_body_bytes: 4 * 1024 * 1024,
            max_ingest_body_bytes: 2 * 1024 * 1024,
            answer_memory_bytes: 48 * 1024 * 1024,
            body_memory_bytes: 64 * 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            key_cache: Duration::from_secs(5),
            limits: DefaultLimits::default(),
            audit_exports: 4,
            audit_export_bytes_per_second: 16 * 1024,
            audit_export_slack: Duration::from_secs(30),
        }
    }
}
