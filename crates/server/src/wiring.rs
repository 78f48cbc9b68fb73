//! Which adapter stands behind which port.

use std::sync::Arc;

use adapter_postgres::{
    InvalidUrl, PgApplicationStore, PgAttemptLog, PgDestinationStore, PgKeyStore, PgReadiness,
    PgRecoveryStore, PgUserReader, PgUserStore, Pool, PoolConfig,
};
use adapter_webhooks::{
    AddressGuard, EventBodyEncoder, GuardedUrlPolicy, HttpWebhookSender, KeyRingVault, SenderError,
    SenderSettings,
};
use api_actix::{ApiDependencies, ApiSettings, AppState};
use key_ring::KeyRing;
use users_domain::service::{
    AccessService, DestinationPorts, DestinationService, UserService, UserServiceLimits,
};

use crate::config::Config;
use crate::database::Database;
use crate::serve::ServeError;
use crate::system::{SystemClock, SystemEntropy};

/// The use cases around applications and keys.
///
/// # Errors
/// [`InvalidUrl`].
pub fn access(config: &Config, database: &Database) -> Result<AccessService, InvalidUrl> {
    let pool = Pool::new(
        &database.urls.runtime,
        &PoolConfig {
            connections: 1,
            ..pool_config(config)
        },
    )?;
    Ok(access_over(&pool))
}

/// Everything that requests share.
///
/// # Errors
/// [`ServeError::Url`], [`ServeError::Sender`].
pub fn state(
    config: &Config,
    database: &Database,
    key_ring: KeyRing,
) -> Result<(AppState, Arc<AccessService>), ServeError> {
    let pool = Pool::new(&database.urls.runtime, &pool_config(config))?;
    let users = UserService::new(
        Arc::new(PgUserStore::new(pool.clone(), Arc::new(EventBodyEncoder))),
        Arc::new(PgUserReader::new(pool.clone())),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
        UserServiceLimits {
            delete_chunk_users: config.delete_all.chunk_users,
            delete_all_budget: config.delete_all.time_budget,
        },
    );
    let access = Arc::new(access_over(&pool));
    let dependencies = ApiDependencies {
        users: Arc::new(users),
        destinations: Arc::new(destinations(&pool, &key_ring)?),
        access: Arc::clone(&access),
        readiness: Arc::new(PgReadiness::new(pool)),
        entropy: Arc::new(SystemEntropy),
        key_ring: Arc::new(key_ring),
    };
    Ok((AppState::new(dependencies, api_settings(config)), access))
}

fn destinations(pool: &Pool, key_ring: &KeyRing) -> Result<DestinationService, SenderError> {
    let urls = GuardedUrlPolicy::new(AddressGuard::default(), false);
    let sender = HttpWebhookSender::new(
        urls.clone(),
        SenderSettings::default(),
        Arc::new(SystemClock),
    )?;
    Ok(DestinationService::new(DestinationPorts {
        destinations: Arc::new(PgDestinationStore::new(pool.clone())),
        attempts: Arc::new(PgAttemptLog::new(pool.clone())),
        recoveries: Arc::new(PgRecoveryStore::new(pool.clone())),
        vault: Arc::new(KeyRingVault::new(key_ring.clone())),
        urls: Arc::new(urls),
        sender: Arc::new(sender),
        test_events: Arc::new(EventBodyEncoder),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    }))
}

fn access_over(pool: &Pool) -> AccessService {
    AccessService::new(
        Arc::new(PgApplicationStore::new(pool.clone())),
        Arc::new(PgKeyStore::new(pool.clone())),
        Arc::new(SystemClock),
        Arc::new(SystemEntropy),
    )
}

fn pool_config(config: &Config) -> PoolConfig {
    let database = &config.database;
    PoolConfig {
        connections: u32::try_from(database.pool_size).unwrap_or(u32::MAX),
        checkout_timeout: database.checkout_timeout,
        connect_timeout: database.connect_timeout,
        statement_timeout: database.statement_timeout,
        lock_timeout: database.lock_timeout,
        idle_in_transaction_timeout: database.idle_in_transaction_timeout,
        call_timeout: config.http.request_timeout,
        ..PoolConfig::default()
    }
}

fn api_settings(config: &Config) -> ApiSettings {
    let proxies = config.http.trusted_proxies.clone();
    ApiSettings {
        public_url: config.http.public_url.clone(),
        trusts_proxy: Arc::new(move |peer| proxies.iter().any(|network| network.contains(peer))),
        proxy_headers: config.http.proxy_headers,
        request_timeout: config.http.request_timeout,
        key_cache: config.key_cache,
        ..ApiSettings::default()
    }
}
