//! Where the database is: one that somebody else runs, or a cluster of the service's own.

use std::time::Duration;

use adapter_postgres::embedded::{
    DatabaseUrls, EmbeddedCluster, EmbeddedError, EmbeddedOptions, has_cluster,
};
use adapter_postgres::{MigrateError, MigrationReport};
use thiserror::Error;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use crate::config::{Config, Storage};
use crate::connection_file::ConnectionFile;

/// How long it waits before it looks again whether the database can be reached.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// The database could not be reached in time.
#[derive(Debug, Error)]
#[error(
    "the database could not be reached within {} s (DATABASE_START_TIMEOUT_SECONDS): {reason}",
    limit.as_secs()
)]
pub struct Away {
    limit: Duration,
    /// Without anything that may be a password.
    reason: String,
}

/// A database to connect to.
pub struct Database {
    /// How to connect, by role.
    pub urls: DatabaseUrls,
    /// The cluster, where this process runs it; stops when dropped. Its file goes first.
    cluster: Option<(ConnectionFile, EmbeddedCluster)>,
}

impl Database {
    /// Starts the embedded cluster, or names the remote database.
    ///
    /// # Errors
    /// [`EmbeddedError`]; [`EmbeddedError::InUse`] where another process runs the cluster.
    pub fn start(config: &Config) -> Result<Self, EmbeddedError> {
        match &config.storage {
            Storage::Remote { runtime, owner } => Ok(Self {
                urls: DatabaseUrls {
                    owner: owner.expose().to_owned(),
                    runtime: runtime.expose().to_owned(),
                },
                cluster: None,
            }),
            Storage::Embedded {
                data_dir,
                pg_bin_dir,
                allow_download,
            } => {
                let options = EmbeddedOptions {
                    pg_bin_dir: pg_bin_dir.clone(),
                    allow_download: *allow_download,
                    ..EmbeddedOptions::durable(data_dir)
                };
                let cluster = EmbeddedCluster::start(&options, &|step| tracing::info!("{step}"))?;
                let urls = DatabaseUrls {
                    owner: cluster.owner_url(),
                    runtime: cluster.runtime_url(),
                };
                let file = ConnectionFile::write(data_dir, &urls)?;
                Ok(Self {
                    urls,
                    cluster: Some((file, cluster)),
                })
            }
        }
    }

    /// The database of a command that needs one that exists: never makes a cluster, as the working directory may be the
    /// wrong one.
    ///
    /// # Errors
    /// [`EmbeddedError`]; [`EmbeddedError::NoCluster`] where `serve` or `migrate` has not made one.
    pub fn reach(config: &Config) -> Result<Self, EmbeddedError> {
        if let Storage::Embedded { data_dir, .. } = &config.storage
            && !has_cluster(data_dir)?
        {
            return Err(EmbeddedError::NoCluster(data_dir.clone()));
        }
        Self::reach_or_create(config)
    }

    /// The same for `migrate`, which makes a missing cluster. Beside a running server, uses the cluster that the server runs.
    ///
    /// # Errors
    /// [`EmbeddedError`].
    pub fn reach_or_create(config: &Config) -> Result<Self, EmbeddedError> {
        match (Self::start(config), &config.storage) {
            (Err(in_use @ EmbeddedError::InUse(_)), Storage::Embedded { data_dir, .. }) => {
                let urls = ConnectionFile::read(data_dir).ok_or(in_use)?;
                Ok(Self {
                    urls,
                    cluster: None,
                })
            }
            (started, _) => started,
        }
    }

    /// Whether the cluster that this process runs is gone.
    pub fn cluster_has_ended(&mut self) -> bool {
        self.cluster
            .as_mut()
            .is_some_and(|(_, cluster)| cluster.has_ended())
    }

    /// Whether the service runs its own cluster.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.cluster.is_some()
    }
}

/// Waits for a database that somebody else runs, at most for `DATABASE_START_TIMEOUT_SECONDS`. The owner's role is asked for
/// only where the schema is brought up to date.
///
/// # Errors
/// [`Away`].
pub async fn wait_for(database: &Database, config: &Config, as_owner: bool) -> Result<(), Away> {
    if matches!(config.storage, Storage::Embedded { .. }) {
        return Ok(());
    }
    let limit = config.database.start_timeout;
    let deadline = Instant::now() + limit;
    let runtime = &database.urls.runtime;
    let owner = if as_owner {
        &database.urls.owner
    } else {
        runtime
    };
    let mut waits = false;
    loop {
        let (owner, runtime) = (owner.clone(), runtime.clone());
        let reached = spawn_blocking(move || adapter_postgres::reach(&owner, &runtime));
        let away = |reason: String| Away { limit, reason };
        match reached.await.map_err(|error| away(error.to_string()))? {
            Ok(()) if waits => {
                tracing::info!("the database can be reached");
                return Ok(());
            }
            Ok(()) => return Ok(()),
            Err(MigrateError::Connect { role, reason }) => {
                let reason = format!("as {role}: {reason}");
                if Instant::now() + LOOK_AGAIN_AFTER > deadline {
                    return Err(away(reason));
                }
                if !waits {
                    let seconds = limit.as_secs();
                    tracing::warn!(seconds, reason, "waiting for the database");
                    waits = true;
                }
            }
            Err(error) => return Err(away(error.to_string())),
        }
        sleep(LOOK_AGAIN_AFTER).await;
    }
}

/// Brings the schema up to date and says what was done.
///
/// # Errors
/// [`MigrateError`].
pub fn migrate(
    database: &Database,
    keep_events_days: u32,
) -> Result<MigrationReport, MigrateError> {
    let report = adapter_postgres::migrate(&database.urls.owner, &database.urls.runtime)?;
    adapter_postgres::keep_events_for(&database.urls.owner, keep_events_days)?;
    tracing::info!(applied = report.applied.len(), "the schema is up to date");
    if report.renewed_texts > 0 {
        let (texts, more) = (report.renewed_texts, report.outdated_texts);
        tracing::info!(
            texts,
            more,
            "searched texts of an older build were made anew"
        );
    }
    if report.one_role {
        tracing::warn!(
            "one database role does everything: the service could change its schema and its audit trail"
        );
    }
    if report.ascii_only_search {
        tracing::warn!(
            "the database's ctype is C: searches of three and more letters find ASCII alone by index"
        );
    }
    Ok(report)
}
