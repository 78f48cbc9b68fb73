//! Dependencies and shared state of the endpoints.

use std::sync::Arc;

use actix_web::web;
use key_ring::KeyRing;
use users_domain::ports::{Entropy, RateLimiter, Readiness};
use users_domain::service::{
    AccessService, AuditService, DeletedUserService, DestinationService, IngestService, KeyService,
    UserService,
};

use super::audit::Exports;
use super::internal::IngestMetrics;
use super::service::Documents;
use super::service::assets::Assets;
use crate::http::gate::{Gate, GateDependencies, HttpMetrics};
use crate::http::request::Readers;
use crate::http::settings::ApiSettings;

/// The dependencies of the API.
pub struct ApiDependencies {
    /// The use cases around users.
    pub users: Arc<UserService>,
    /// The use cases around deleted users.
    pub deleted_users: Arc<DeletedUserService>,
    /// The use cases of services that report results and query enforcement.
    pub ingest: Arc<IngestService>,
    /// Metrics of reports.
    pub ingest_metrics: IngestMetrics,
    /// The use cases around webhook destinations.
    pub destinations: Arc<DestinationService>,
    /// The use cases around the audit trail.
    pub audit: Arc<AuditService>,
    /// Authenticates keys.
    pub access: Arc<AccessService>,
    /// The use cases around API keys.
    pub api_keys: Arc<KeyService>,
    /// Counts requests.
    pub limiter: Arc<dyn RateLimiter>,
    /// Checks whether the store can be used.
    pub readiness: Arc<dyn Readiness>,
    /// Generates request ids.
    pub entropy: Arc<dyn Entropy>,
    /// Seals cursors.
    pub key_ring: Arc<KeyRing>,
    /// Metrics of responses.
    pub metrics: HttpMetrics,
}

/// State shared by all requests.
pub struct AppState {
    pub(crate) services: ApiDependencies,
    pub(crate) settings: ApiSettings,
    pub(crate) gate: web::Data<Gate>,
    pub(crate) readers: web::Data<Readers>,
    pub(crate) assets: Assets,
    pub(crate) documents: Documents,
    pub(crate) exports: Exports,
}

impl AppState {
    /// Creates the state from dependencies and settings.
    #[must_use]
    pub fn new(services: ApiDependencies, settings: ApiSettings) -> Self {
        let gate = GateDependencies {
            users: Arc::clone(&services.users),
            access: Arc::clone(&services.access),
            audit: Arc::clone(&services.audit),
            limiter: Arc::clone(&services.limiter),
            entropy: Arc::clone(&services.entropy),
            metrics: services.metrics.clone(),
        };
        Self {
            services,
            exports: Exports::new(
                settings.audit_exports,
                settings.audit_export_bytes_per_second,
                settings.audit_export_slack,
            ),
            gate: web::Data::new(Gate::new(gate, settings.clone())),
            readers: web::Data::default(),
            assets: Assets::default(),
            documents: Documents::default(),
            settings,
        }
    }
}
