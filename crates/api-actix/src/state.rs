//! What the API works on: the use cases and its settings.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use key_ring::KeyRing;
use users_domain::ports::{Entropy, RateLimiter, Readiness};
use users_domain::rules::DefaultLimits;
use users_domain::service::{
    AccessService, AuditService, DeletedUserService, DestinationService, IngestService, KeyService,
    UserService,
};

use crate::audit::Exports;
use crate::docs_page::Assets;
use crate::gate::{HttpMetrics, KeyCache, Limits, Refusals};
use crate::internal::IngestMetrics;
use crate::memory::Memory;
use crate::openapi::Documents;
use crate::origin::BaseUrl;
use crate::request::Readers;

/// What the API is built over.
pub struct ApiDependencies {
    /// The use cases around users.
    pub users: Arc<UserService>,
    /// The use cases around deleted users.
    pub deleted_users: Arc<DeletedUserService>,
    /// The use cases of services that report and ask.
    pub ingest: Arc<IngestService>,
    /// What is counted of reports.
    pub ingest_metrics: IngestMetrics,
    /// The use cases around webhook destinations.
    pub destinations: Arc<DestinationService>,
    /// The use cases around the audit trail.
    pub audit: Arc<AuditService>,
    /// Whose a key is.
    pub access: Arc<AccessService>,
    /// The use cases of callers around keys.
    pub api_keys: Arc<KeyService>,
    /// Counts requests.
    pub limiter: Arc<dyn RateLimiter>,
    /// Whether the store can be used.
    pub readiness: Arc<dyn Readiness>,
    /// Makes request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Seals cursors.
    pub key_ring: Arc<KeyRing>,
    /// Counts answers.
    pub metrics: HttpMetrics,
}

/// Whether the headers of this peer about its own clients are believed.
pub type TrustsProxy = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// The headers in which the trusted proxies tell about their clients. Others of the kind are a client's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProxyHeaders {
    /// `X-Forwarded-For`, `X-Forwarded-Host` and `X-Forwarded-Proto`.
    #[default]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

/// How the API behaves.
#[derive(Clone)]
pub struct ApiSettings {
    /// Where clients reach the service, as far as no trusted proxy says it.
    pub public_url: Option<BaseUrl>,
    /// Which peers are trusted proxies.
    pub trusts_proxy: TrustsProxy,
    /// What the trusted proxies write; the headers of the other kind are ignored.
    pub proxy_headers: ProxyHeaders,
    /// The largest body about one user, in bytes.
    pub max_user_body_bytes: usize,
    /// The largest body of a batch delete, in bytes.
    pub max_delete_body_bytes: usize,
    /// The largest body of reports, in bytes.
    pub max_ingest_body_bytes: usize,
    /// The memory that answers may take which are made, or not yet read by their clients, in bytes.
    pub answer_memory_bytes: usize,
    /// The memory that bodies of requests may take, in bytes.
    pub body_memory_bytes: usize,
    /// How long one request may take from its head to its answer.
    pub request_timeout: Duration,
    /// How long what is known of a key may be used; zero asks every time.
    pub key_cache: Duration,
    /// How much may be asked where neither a key nor its application says so.
    pub limits: DefaultLimits,
    /// How many exports of audit logs may be under way at once.
    pub audit_exports: usize,
    /// The slowest that a client may read its export, in bytes a second.
    pub audit_export_bytes_per_second: u32,
    /// How far a client may be behind that before its export is broken off.
    pub audit_export_slack: Duration,
}

impl Default for ApiSettings {
    /// The limits of the contract, no proxy, and the times of the service's default configuration.
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

impl fmt::Debug for ApiSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiSettings")
            .field("public_url", &self.public_url)
            .field("request_timeout", &self.request_timeout)
            .field("key_cache", &self.key_cache)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Everything that requests share.
pub struct AppState {
    pub(crate) users: Arc<UserService>,
    pub(crate) deleted_users: Arc<DeletedUserService>,
    pub(crate) ingest: Arc<IngestService>,
    pub(crate) ingest_metrics: IngestMetrics,
    pub(crate) destinations: Arc<DestinationService>,
    pub(crate) audit: Arc<AuditService>,
    pub(crate) access: Arc<AccessService>,
    pub(crate) api_keys: Arc<KeyService>,
    pub(crate) readiness: Arc<dyn Readiness>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) key_ring: Arc<KeyRing>,
    pub(crate) settings: ApiSettings,
    pub(crate) keys: KeyCache,
    pub(crate) readers: web::Data<Readers>,
    pub(crate) assets: Assets,
    pub(crate) documents: Documents,
    pub(crate) limits: Limits,
    pub(crate) answers: Memory,
    pub(crate) bodies: Memory,
    pub(crate) exports: Exports,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) metrics: HttpMetrics,
}

impl AppState {
    /// Over these dependencies.
    #[must_use]
    pub fn new(dependencies: ApiDependencies, settings: ApiSettings) -> Self {
        let ApiDependencies {
            users,
            deleted_users,
            ingest,
            ingest_metrics,
            destinations,
            audit,
            access,
            api_keys,
            limiter,
            readiness,
            entropy,
            key_ring,
            metrics,
        } = dependencies;
        Self {
            users,
            deleted_users,
            ingest,
            ingest_metrics,
            destinations,
            audit,
            access,
            api_keys,
            readiness,
            entropy,
            key_ring,
            answers: Memory::new(settings.answer_memory_bytes, "answers that are not read"),
            bodies: Memory::new(settings.body_memory_bytes, "bodies that are being read"),
            exports: Exports::new(
                settings.audit_exports,
                settings.audit_export_bytes_per_second,
                settings.audit_export_slack,
            ),
            refusals: Arc::default(),
            metrics,
            keys: KeyCache::new(settings.key_cache),
            readers: web::Data::default(),
            assets: Assets::default(),
            documents: Documents::default(),
            limits: Limits::new(limiter, settings.limits),
            settings,
        }
    }
}
