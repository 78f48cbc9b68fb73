//! Connects the ports of the domain to their adapters.

mod keys;
mod pools;
mod sending;
mod users;

use std::path::PathBuf;
use std::sync::Arc;

use adapter_postgres::{
    IdempotencyQuota, InvalidUrl, PgApplicationStore, PgAuditReader, PgAuditTrail, PgBacklogReader,
    PgDestinationStore, PgEventRetention, PgIdempotencyStore, PgKeyStore, PgOutbox, PgPurgeStore,
    PgReadiness, PgRecoveryStore, PgSearchUpkeep, PgUserReader, PgUserStore, Pool, PoolMetrics,
};
use adapter_rate_limits::{MemoryRateLimiter, ObservedLimiter, RedisRateLimiter};
use adapter_system::{SystemClock, SystemEntropy};
use adapter_webhooks::{
    BacklogMetrics, DeliveryMetrics, EventBodyEncoder, KeyRingVault, SenderError,
};
use api_actix::{
    ApiDependencies, ApiSettings, AppState, ConnectionMetrics, Connections, HttpMetrics,
    IngestMetrics, TrustsProxy,
};
use embedded_postgres::EmbeddedError;
use key_ring::KeyFileError;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use thiserror::Error;
use users_domain::ports::{EventRetention, IdempotencyStore, RateLimiter};
use users_domain::service::{
    AccessService, AuditService, KeyService, PurgeService, RecountService,
};
use worker::{DeliveryParts, PurgeMetrics, PurgeParts, Wake};

use crate::capacity;
use crate::config::Config;
use crate::database::{Database, DatabaseError};
use crate::key_check::KeyCheck;
use crate::monitoring::Monitoring;
use crate::readiness::StoppingReadiness;
use crate::telemetry;
use keys::key_ring;
use sending::Sending;
use users::Users;

pub(crate) use keys::{check, key_check_as_owner, make_key_file};
pub(crate) use pools::{command_pool, owner_pool};

/// Why the parts cannot be created from the configuration.
#[derive(Debug, Error)]
pub(crate) enum WiringError {
    #[error("DATABASE_URL: {0}")]
    Url(#[from] InvalidUrl),
    #[error("REDIS_URL: {0}")]
    RedisUrl(#[from] adapter_rate_limits::InvalidUrl),
    #[error("cannot send webhooks: {0}")]
    Sender(#[from] SenderError),
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    #[error(
        "{} is missing, but its cluster exists: restore the file from a backup, or set SECRET_KEY to its content",
        .0.display()
    )]
    NoKeyFile(PathBuf),
    #[error(transparent)]
    DataDir(#[from] EmbeddedError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("SECRET_KEY is required with DATABASE_URL")]
    NoSecret,
}

/// The parts of a serving process.
pub(crate) struct Parts {
    /// State shared by all requests.
    pub(crate) state: AppState,
    /// Service for applications and keys.
    pub(crate) access: Arc<AccessService>,
    /// Check that this process has the keys of the database.
    pub(crate) key_check: KeyCheck,
    /// Dependencies of the delivery loops.
    pub(crate) delivery: DeliveryParts,
    /// Dependencies of the loop that erases users; `None` if only the command erases users.
    pub(crate) purge: Option<PurgeParts>,
    /// Partitions for events.
    pub(crate) retention: Arc<dyn EventRetention>,
    /// Stored responses, for removing expired ones.
    pub(crate) claims: Arc<dyn IdempotencyStore>,
    /// Whether the database can be used.
    pub(crate) readiness: Arc<StoppingReadiness>,
    /// Metrics and readiness.
    pub(crate) monitoring: Monitoring,
    /// Client connections.
    pub(crate) connections: Connections,
}

/// Creates all parts without starting them.
pub(crate) fn parts(config: &Config, database: &Database) -> Result<Parts, WiringError> {
    let key_ring = key_ring(config)?;
    let pool = pools::requests(config, database)?;
    let committed = Wake::default();
    let sending = Sending::new(config, &key_ring)?;
    let mut registry = Registry::with_prefix("users");
    let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The build that runs", build);
    telemetry::register(&mut registry);
    let metrics = DeliveryMetrics::registered(&mut registry);
    let delivery_pool = pools::delivery(config, database)?;
    let access = Arc::new(self::access(&pool));
    let readiness = PgReadiness::new(pools::readiness(config, database)?)
        .watching([pool.clone(), delivery_pool.clone()]);
    let readiness = Arc::new(StoppingReadiness::new(Arc::new(readiness)));
    registry.register_collector(Box::new(PoolMetrics::of([
        ("requests", pool.clone()),
        ("delivery", delivery_pool.clone()),
    ])));
    let quota = IdempotencyQuota::of_bytes(config.http.kept_answers);
    let users = Users::new(&pool, committed.clone(), &quota);
    let key_check = KeyCheck::new(key_ring.clone(), &pool);
    let dependencies = ApiDependencies {
        users: Arc::new(users.service(config)),
        deleted_users: Arc::new(users.deleted(config)),
        ingest: Arc::new(users.ingest()),
        ingest_metrics: IngestMetrics::registered(&mut registry),
        destinations: Arc::new(sending.destinations(&pool)),
        audit: Arc::new(audit_over(&pool)),
        access: Arc::clone(&access),
        api_keys: Arc::new(KeyService::new(
            Arc::new(PgKeyStore::new(pool.clone())),
            Arc::new(SystemClock),
            Arc::new(SystemEntropy),
        )),
        limiter: limiter(config, &mut registry)?,
        readiness: readiness.clone(),
        entropy: Arc::new(SystemEntropy),
        key_ring: Arc::new(key_ring),
        metrics: HttpMetrics::registered(&mut registry),
    };
    Ok(Parts {
        state: AppState::new(dependencies, api_settings(config)),
        access,
        key_check,
        delivery: DeliveryParts {
            outbox: Arc::new(PgOutbox::new(delivery_pool.clone())),
            dispatcher: Arc::new(sending.dispatcher(config, &delivery_pool, metrics.clone())),
            recoveries: Arc::new(PgRecoveryStore::new(delivery_pool.clone())),
            search: Arc::new(PgSearchUpkeep::new(delivery_pool.clone())),
            metrics,
            committed,
            sequence_batch: config.delivery.sequence_batch,
            polls: config.delivery.polls,
        },
        purge: (!config.purge.period.is_zero()).then(|| PurgeParts {
            service: Arc::new(purge(config, &delivery_pool)),
            metrics: PurgeMetrics::registered(&mut registry),
            period: config.purge.period,
        }),
        retention: Arc::new(PgEventRetention::new(delivery_pool.clone())),
        claims: Arc::new(PgIdempotencyStore::new(delivery_pool.clone()).limited_by(quota)),
        readiness: Arc::clone(&readiness),
        connections: Connections::new(
            capacity::connection_limits(config),
            trusts_proxy(config),
            ConnectionMetrics::registered(&mut registry),
        ),
        monitoring: Monitoring {
            process: registry,
            backlog: BacklogMetrics::new(Arc::new(PgBacklogReader::new(delivery_pool))),
            readiness,
        },
    })
}

/// Creates the service for applications and keys.
pub(crate) fn access(pool: &Pool) -> AccessService {
    AccessService::new(
        Arc::new(PgApplicationStore::new(pool.clone())),
        Arc::new(PgKeyStore::new(pool.clone())),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    )
}

/// Creates the service that recounts users' sessions and transactions.
pub(crate) fn recount(pool: &Pool) -> RecountService {
    RecountService::new(
        Arc::new(PgUserStore::new(pool.clone(), Arc::new(EventBodyEncoder))),
        Arc::new(PgUserReader::new(pool.clone())),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    )
}

/// Creates the service that erases users.
pub(crate) fn purge(config: &Config, pool: &Pool) -> PurgeService {
    PurgeService::new(
        Arc::new(PgPurgeStore::new(pool.clone())),
        Arc::new(PgApplicationStore::new(pool.clone())),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
        config.purge.pace,
    )
}

/// Creates the parts of `secrets reseal`: the destination store, the vault, and the key check.
pub(crate) fn secrets(
    config: &Config,
    pool: &Pool,
) -> Result<(PgDestinationStore, KeyRingVault, KeyCheck), WiringError> {
    let ring = key_ring(config)?;
    let key_check = KeyCheck::new(ring.clone(), pool);
    Ok((PgDestinationStore::new(pool.clone()), KeyRingVault::new(ring), key_check))
}

fn audit_over(pool: &Pool) -> AuditService {
    AuditService::new(
        Arc::new(PgAuditReader::new(pool.clone())),
        Arc::new(PgAuditTrail::new(pool.clone())),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    )
}

/// Creates a limiter that counts in Redis if it is configured, else in this process. Must be called within the runtime
/// that serves.
fn limiter(config: &Config, registry: &mut Registry) -> Result<Arc<dyn RateLimiter>, WiringError> {
    let limiter: Arc<dyn RateLimiter> = if let Some(redis) = &config.limits.redis {
        tracing::info!("rate limits are counted in Redis whenever it responds");
        Arc::new(RedisRateLimiter::new(redis)?)
    } else {
        tracing::info!("rate limits are counted in this process only");
        Arc::new(MemoryRateLimiter::new(Arc::new(SystemClock)))
    };
    Ok(Arc::new(ObservedLimiter::registered(limiter, registry)))
}

fn trusts_proxy(config: &Config) -> TrustsProxy {
    let proxies = config.http.trusted_proxies.clone();
    Arc::new(move |peer| proxies.iter().any(|network| network.contains(peer)))
}

fn api_settings(config: &Config) -> ApiSettings {
    ApiSettings {
        public_url: config.http.public_url.clone(),
        trusts_proxy: trusts_proxy(config),
        proxy_headers: config.http.proxy_headers,
        request_timeout: config.http.request_timeout,
        key_cache: config.key_cache,
        limits: config.limits.defaults,
        audit_exports: config.audit_exports.at_once,
        audit_export_bytes_per_second: config.audit_exports.bytes_per_second,
        audit_export_slack: config.audit_exports.slack,
        answer_memory_bytes: config.http.answer_memory,
        ..ApiSettings::default()
    }
}
