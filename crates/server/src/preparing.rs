//! Prepares a database for serving: the schema, the partitions for events, the keys and the initial access. A remote
//! database may be unavailable or read-only, as during a failover: each step is retried, for at most
//! `DATABASE_START_TIMEOUT_SECONDS` in total.

use std::time::Duration;

use adapter_postgres::MigrateError;
use admin_cli::first_key::{self, FirstKeyError};
use embedded_postgres::DatabaseUrls;
use thiserror::Error;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, sleep};
use users_domain::ports::StoreError;
use users_domain::service::AccessError;
use worker::DAYS_AHEAD;

use crate::config::{Config, Storage};
use crate::database::{self, Database};
use crate::key_check::KeyCheckError;
use crate::wiring::{self, Parts, WiringError};

/// Wait between two attempts.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Why a database is not ready.
#[derive(Debug, Error)]
pub(crate) enum PrepareError {
    #[error(
        "the database could not be reached within {} s (DATABASE_START_TIMEOUT_SECONDS): {reason}",
        limit.as_secs()
    )]
    Away {
        /// How long the step was tried.
        limit: Duration,
        /// The error of the last attempt.
        #[source]
        reason: Box<Self>,
    },
    #[error("cannot migrate: {0}")]
    Migrate(#[from] MigrateError),
    #[error("cannot make room for events: {0}")]
    Room(#[source] StoreError),
    #[error(transparent)]
    Keys(#[from] KeyCheckError),
    #[error(transparent)]
    Wiring(#[from] WiringError),
    #[error(transparent)]
    FirstKey(#[from] FirstKeyError),
    #[error(transparent)]
    Thread(#[from] JoinError),
}

impl PrepareError {
    /// Whether the step may succeed later without a change of the configuration.
    const fn may_pass(&self) -> bool {
        match self {
            Self::Migrate(error) => {
                matches!(error, MigrateError::Connect { .. } | MigrateError::Away(_))
            }
            Self::Room(error)
            | Self::Keys(KeyCheckError::Store(error))
            | Self::FirstKey(FirstKeyError::Access(AccessError::Store(error))) => {
                matches!(error, StoreError::Unavailable { .. })
            }
            _ => false,
        }
    }
}

/// How long a database may be unavailable in total.
pub(crate) struct Patience {
    /// `None` with the embedded cluster, which already runs.
    limit: Option<Duration>,
    began: Instant,
    waits: bool,
}

impl Patience {
    /// Starts the time limit.
    pub(crate) fn new(config: &Config) -> Self {
        let limit = match config.storage {
            Storage::Embedded(_) => None,
            Storage::Remote(_) => Some(config.database.start_timeout),
        };
        Self { limit, began: Instant::now(), waits: false }
    }

    async fn with(
        &mut self,
        attempt: impl AsyncFn() -> Result<(), PrepareError>,
    ) -> Result<(), PrepareError> {
        loop {
            let result = attempt().await;
            match (result, self.limit) {
                (Err(reason), Some(limit)) if reason.may_pass() => {
                    if self.began.elapsed() + AGAIN_AFTER > limit {
                        let reason = Box::new(reason);
                        return Err(PrepareError::Away { limit, reason });
                    }
                    if !self.waits {
                        let seconds = limit.as_secs();
                        tracing::warn!(seconds, %reason, "waiting for the database");
                        self.waits = true;
                    }
                    sleep(AGAIN_AFTER).await;
                }
                (result, _) => {
                    if result.is_ok() && self.waits {
                        tracing::info!("the database can be reached");
                        self.waits = false;
                    }
                    return result;
                }
            }
        }
    }
}

/// Connects to the database; if `migrates`, also checks the keys and migrates the schema. Only the migration needs the
/// owner's role.
pub(crate) async fn schema(
    config: &Config,
    database: &Database,
    migrates: bool,
    patience: &mut Patience,
) -> Result<(), PrepareError> {
    let keep_days = config.delivery.retention_days;
    let attempt = async || {
        let urls = database.urls.clone();
        let DatabaseUrls { owner, runtime } = urls.clone();
        let owner = if migrates { owner } else { runtime.clone() };
        spawn_blocking(move || adapter_postgres::reach(&owner, &runtime)).await??;
        if migrates {
            let keys = wiring::key_check_as_owner(config, database)?;
            keys.before_migrating().await?;
            spawn_blocking(move || database::migrate(&urls, keep_days)).await??;
        }
        Ok(())
    };
    patience.with(attempt).await
}

/// Checks the keys, creates the partitions for events and sets up the initial access.
pub(crate) async fn content(
    config: &Config,
    parts: &Parts,
    patience: &mut Patience,
) -> Result<(), PrepareError> {
    let bootstrap = config.bootstrap_api_key.as_ref();
    let attempt = async || {
        parts.key_check.run().await?;
        let created = parts.retention.create_partitions(DAYS_AHEAD).await;
        created.map_err(PrepareError::Room)?;
        Ok(first_key::ensure_configured(&parts.access, bootstrap).await?)
    };
    patience.with(attempt).await
}
