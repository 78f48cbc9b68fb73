//! Access to the database: a remote one, or the embedded cluster.

use std::path::{Path, PathBuf};
use std::time::Duration;

use adapter_postgres::{EXTENSIONS, MigrateError, MigrationReport};
use embedded_postgres::{
    DatabaseUrls, EmbeddedCluster, EmbeddedError, EmbeddedOptions, has_cluster,
};
use thiserror::Error;

use crate::config::{Config, Storage};
use crate::connection_file::ConnectionFile;

/// Why there is no database to connect to.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The data directory has no cluster, and the command may not create one.
    #[error(
        "there is no database in {}; start the server with this directory, or set DATA_DIR or DATABASE_URL",
        .0.display()
    )]
    NoCluster(PathBuf),
    /// Another process runs the cluster.
    #[error("another users-server is using the data directory {}", .0.display())]
    InUse(PathBuf),
    /// The embedded cluster cannot be used.
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
pub struct Database {
    /// Connection URLs by role.
    pub urls: DatabaseUrls,
    /// The cluster, if this process runs it; it stops when dropped. The connection file is removed before.
    cluster: Option<(ConnectionFile, EmbeddedCluster)>,
}

impl Database {
    /// Starts the embedded cluster, or returns the URLs of the remote database.
    ///
    /// # Errors
    /// [`DatabaseError`]; [`DatabaseError::InUse`] if another process runs the cluster.
    pub fn start(config: &Config) -> Result<Self, DatabaseError> {
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
                let options = options(data_dir, pg_bin_dir.clone(), *allow_download);
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

    /// Checks the prerequisites of [`Database::start`] without changing or connecting to anything.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn check(config: &Config) -> Result<(), DatabaseError> {
        match &config.storage {
            Storage::Remote { .. } => Ok(()),
            Storage::Embedded {
                data_dir,
                pg_bin_dir,
                allow_download,
            } => {
                let options = options(data_dir, pg_bin_dir.clone(), *allow_download);
                Ok(embedded_postgres::check(&options)?)
            }
        }
    }

    /// Returns the database of a command that needs an existing one. Never creates a cluster, as the working directory
    /// may be wrong.
    ///
    /// # Errors
    /// [`DatabaseError`]; [`DatabaseError::NoCluster`] if `serve` or `migrate` has not created a cluster.
    pub fn reach(config: &Config) -> Result<Self, DatabaseError> {
        if let Storage::Embedded { data_dir, .. } = &config.storage
            && !has_cluster(data_dir)?
        {
            return Err(DatabaseError::NoCluster(data_dir.clone()));
        }
        Self::reach_or_create(config)
    }

    /// Returns the database of `migrate`, which creates a missing cluster. Uses the cluster of a running server if
    /// there is one.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn reach_or_create(config: &Config) -> Result<Self, DatabaseError> {
        match (Self::start(config), &config.storage) {
            (Err(in_use @ DatabaseError::InUse(_)), Storage::Embedded { data_dir, .. }) => {
                let urls = ConnectionFile::read(data_dir).ok_or(in_use)?;
                Ok(Self {
                    urls,
                    cluster: None,
                })
            }
            (started, _) => started,
        }
    }

    /// Whether the cluster that this process runs has ended.
    pub fn cluster_has_ended(&mut self) -> bool {
        self.cluster
            .as_mut()
            .is_some_and(|(_, cluster)| cluster.has_ended())
    }

    /// Stops the cluster that this process runs: cleanly within `in_order_for`, immediately after that. Blocks.
    pub fn stop(self, in_order_for: Duration) {
        let Some((_file, cluster)) = self.cluster else {
            return;
        };
        if let Err(error) = cluster.stop_within(in_order_for) {
            tracing::warn!(%error, "the embedded PostgreSQL could not be stopped");
        }
    }

    /// Leaves the cluster running; its watchdog stops it when this process ends.
    pub fn leave(self) {
        std::mem::forget(self.cluster.map(|(_file, cluster)| cluster));
    }

    /// Whether the service runs its own cluster.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.cluster.is_some()
    }
}

fn options(data_dir: &Path, pg_bin_dir: Option<PathBuf>, allow_download: bool) -> EmbeddedOptions {
    EmbeddedOptions {
        pg_bin_dir,
        allow_download,
        extensions: EXTENSIONS.map(str::to_owned).to_vec(),
        fallback_dir: "/var/lib/users-service".into(),
        ..EmbeddedOptions::durable("users", data_dir)
    }
}

/// Migrates the schema and returns a report.
///
/// # Errors
/// [`MigrateError`].
pub fn migrate(
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
