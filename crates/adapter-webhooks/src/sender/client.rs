//! The HTTP client: its trusted certificates and its limits; no redirects, retries or proxies.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

use super::lookups::NameLookup;
use super::resolver::GuardedResolver;
use crate::AddressGuard;

const USER_AGENT: &str = concat!("users-service/", env!("CARGO_PKG_VERSION"));

/// Limits of each attempt, and the settings for lookups and trust.
#[derive(Debug, Clone)]
pub struct SenderSettings {
    /// Limit for name lookup, connecting and the TLS handshake.
    pub connect_timeout: Duration,
    /// Limit for the whole attempt, including the response body.
    pub total_timeout: Duration,
    /// Maximum number of idle connections kept open per receiver.
    pub idle_connections_per_host: usize,
    /// How long idle connections are kept open. Shorter than the five seconds after which common receivers close
    /// theirs: a request on a closing connection is a failed attempt.
    pub idle_timeout: Duration,
    /// Concurrent name lookups, each name once; one application gets at most a quarter of them, and fewer while other
    /// applications use some. A lookup occupies a thread and cannot be cancelled: it ends when the system gives up. If
    /// no lookup is free, the attempt is not made and does not count against the receiver.
    pub lookups_at_once: usize,
    /// Resolves names.
    pub look_up: NameLookup,
    /// Certificate authorities trusted in addition to those of the system.
    pub additional_roots: Vec<CertificateDer<'static>>,
}

impl Default for SenderSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            total_timeout: Duration::from_secs(15),
            idle_connections_per_host: 8,
            idle_timeout: Duration::from_secs(4),
            lookups_at_once: 128,
            look_up: NameLookup::default(),
            additional_roots: Vec::new(),
        }
    }
}

/// The HTTP client could not be created.
#[derive(Debug, Error)]
pub enum SenderError {
    /// The TLS library rejects the settings.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP library rejects the settings.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(#[from] reqwest::Error),
}

pub(super) fn client(
    guard: AddressGuard,
    settings: &SenderSettings,
) -> Result<Client, SenderError> {
    Ok(ClientBuilder::new()
        .tls_backend_preconfigured(tls(&settings.additional_roots)?)
        .dns_resolver(GuardedResolver::new(
            guard,
            settings.look_up.clone(),
            settings.lookups_at_once,
        ))
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .user_agent(USER_AGENT)
        .connect_timeout(settings.connect_timeout)
        .pool_max_idle_per_host(settings.idle_connections_per_host)
        .pool_idle_timeout(settings.idle_timeout)
        .build()?)
}

fn tls(additional_roots: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    for root in additional_roots {
        roots.add(root.clone())?;
    }
    let system_roots = rustls_native_certs::load_native_certs();
    let (added, ignored) = roots.add_parsable_certificates(system_roots.certs);
    if added == 0 {
        tracing::warn!(
            ignored,
            errors = system_roots.errors.len(),
            "the system has no root certificates: webhooks over https will fail"
        );
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
