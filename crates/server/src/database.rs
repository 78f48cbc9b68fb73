//! Access to the database: a remote one, or the embedded cluster.

use std::path::PathBuf;
use std::time::Duration;

use adapter_postgres::{MigrateError, MigrationReport};
use embedded_postgres::{
    ConnectionFile, DatabaseUrls, EmbeddedCluster, EmbeddedError, has_cluster,
};
use thiserror::Error;

use crate::config::{Config, Storage};

/// Why there is no database to connect to.
#[derive(Debug, Error)]
pub(crate) enum DatabaseError {
    #[error(
        "there is no database in {}; start the server with this directory, or set DATA_DIR or DATABASE_URL",
        .0.display()
    )]
    NoCluster(PathBuf),
    #[error("another users-server is using the data directory {}", .0.display())]
    InUse(PathBuf),
    #[error("{0}{hint}", hint = hint(.0))]
    Embedded(EmbeddedError),
}

impl From<EmbeddedError> for DatabaseError {
    fn from(error: EmbeddedError) -> Self {
        match error {
            EmbeddedError::InUse(data_dir) => Self::InUse(data_dir),
            error => Self::Embedded(error),
        }
    }
}

/// The setting with which the operator can avoid the error.
fn hint(error: &EmbeddedError) -> &'static str {
    match error {
        EmbeddedError::NoAccount(_)
        | EmbeddedError::BinariesMissing { .. }
        | EmbeddedError::Download { .. } => "; or set DATABASE_URL",
        EmbeddedError::DataVersion { .. } => {
            "; or set PG_BIN_DIR to the bin directory of that version"
        }
        _ => "",
    }
}

/// A database to connect to.
pub(crate) struct Database {
    /// Connection URLs by role.
    pub(crate) urls: DatabaseUrls,
    /// The cluster, if this process runs it; it stops when dropped. The connection file is removed before.
    cluster: Option<(ConnectionFile, EmbeddedCluster)>,
}

impl Database {
    /// Starts the embedded cluster, or returns the URLs of the remote database.
    pub(crate) fn start(config: &Config) -> Result<Self, DatabaseError> {
        match &config.storage {
            Storage::Remote(urls) => Ok(Self { urls: urls.clone(), cluster: None }),
            Storage::Embedded(options) => {
                let cluster = EmbeddedCluster::start(options, &|step| tracing::info!("{step}"))?;
                let urls =
                    DatabaseUrls { owner: cluster.owner_url(), runtime: cluster.runtime_url() };
                let file = ConnectionFile::write(&options.data_dir, &urls)?;
                Ok(Self { urls, cluster: Some((file, cluster)) })
            }
        }
    }

    /// Checks the prerequisites of [`Database::start`] without changing or connecting to anything.
    pub(crate) fn check(config: &Config) -> Result<(), DatabaseError> {
        match &config.storage {
            Storage::Remote(_) => Ok(()),
            Storage::Embedded(options) => Ok(embedded_postgres::check(options)?),
        }
    }

    /// Returns the database of a command that needs an existing one. Never creates a cluster, as the working directory
    /// may be wrong.
    pub(crate) fn reach(config: &Config) -> Result<Self, DatabaseError> {
        if let Storage::Embedded(options) = &config.storage
            && !has_cluster(&options.data_dir)?
        {
            return Err(DatabaseError::NoCluster(options.data_dir.clone()));
        }
        Self::reach_or_create(config)
    }

    /// Returns the database of `migrate`, which creates a missing cluster. Uses the cluster of a running server if
    /// there is one.
    pub(crate) fn reach_or_create(config: &Config) -> Result<Self, DatabaseError> {
        match (Self::start(config), &config.storage) {
            (Err(in_use @ DatabaseError::InUse(_)), Storage::Embedded(options)) => {
                let urls = ConnectionFile::read(&options.data_dir).ok_or(in_use)?;
                Ok(Self { urls, cluster: None })
            }
            (started, _) => started,
        }
    }

    /// Whether the cluster that this process runs has ended.
    pub(crate) fn cluster_has_ended(&mut self) -> bool {
        self.cluster.as_mut().is_some_and(|(_, cluster)| cluster.has_ended())
    }

    /// Stops the cluster that this process runs: cleanly within `in_order_for`, immediately after that. Blocks.
    pub(crate) fn stop(self, in_order_for: Duration) {
        let Some((_file, cluster)) = self.cluster else {
            return;
        };
        if let Err(error) = cluster.stop_within(in_order_for) {
            tracing::warn!(%error, "the embedded PostgreSQL could not be stopped");
        }
    }

    /// Leaves the cluster running; its watchdog stops it when this process ends.
    pub(crate) fn leave(self) {
        std::mem::forget(self.cluster.map(|(_file, cluster)| cluster));
    }

    /// Whether the service runs its own cluster.
    pub(crate) fn is_embedded(&self) -> bool {
        self.cluster.is_some()
    }
}

/// Migrates the schema and returns a report.
pub(crate) fn migrate(
    urls: &DatabaseUrls,
    keep_events_days: u32,
) -> Result<MigrationReport, MigrateError> {
    let report = adapter_postgres::migrate(&urls.owner, &urls.runtime)?;
    adapter_postgres::keep_events_for(&urls.owner, keep_events_days)?;
    tracing::info!(applied = report.applied.len(), "the schema is up to date");
    if report.renewed_texts > 0 {
        let (texts, more) = (report.renewed_texts, report.outdated_texts);
        tracing::info!(texts, more, "search texts of an older build were renewed");
    }
    if report.one_role {
        tracing::warn!(
            "one database role does everything: the service could change its schema and its audit trail"
        );
    }
    if report.ascii_only_search {
        tracing::warn!(
            "the database's ctype is C: searches of three and more letters use the index for ASCII only"
        );
    }
    Ok(report)
}
