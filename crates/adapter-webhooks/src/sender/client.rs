//! The HTTP client: its trusted certificates and its limits; no redirects, retries or proxies.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use openssl::x509::X509;
use reqwest::redirect::Policy;
use reqwest::tls::Version;
use reqwest::{Certificate, Client, ClientBuilder};
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
    pub additional_roots: Vec<Certificate>,
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

/// The HTTP client could not be created: the HTTP or the TLS library rejects the settings.
#[derive(Debug, Error)]
#[error("the HTTP client cannot be set up: {0}")]
pub struct SenderError(#[from] reqwest::Error);

pub(super) fn client(
    guard: AddressGuard,
    settings: &SenderSettings,
) -> Result<Client, SenderError> {
    let system = openssl_probe::probe();
    if !holds_certificate(system.cert_file.into_iter().chain(system.cert_dir)) {
        tracing::warn!("the system has no root certificates: webhooks over https will fail");
    }
    Ok(ClientBuilder::new()
        .tls_certs_merge(settings.additional_roots.iter().cloned())
        .tls_version_min(Version::TLS_1_2)
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

/// Whether a certificate can be loaded from one of these files or from a file in one of these directories.
fn holds_certificate(places: impl IntoIterator<Item = PathBuf>) -> bool {
    let files = places.into_iter().flat_map(|place| match fs::read_dir(&place) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => vec![place],
    });
    files.into_iter().filter(|file| file.is_file()).any(|file| {
        let certificates = fs::read(file).map(|pem| X509::stack_from_pem(&pem));
        matches!(certificates, Ok(Ok(certificates)) if !certificates.is_empty())
    })
}

#[cfg(test)]
mod tests;
