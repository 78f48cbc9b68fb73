//! A private PostgreSQL cluster that starts and stops with this process: the server's default database and the database
//! of the tests.
//!
//! Owns the whole cluster: its binaries, files, roles and server process. Never changes a PostgreSQL that it did not
//! create, and does not depend on the schema.
//!
//! # Files
//!
//! The data directory contains `postgres` (PostgreSQL's files), `postgres.log` (limited size, no personal data),
//! `postgres.credentials` (generated passwords, mode 0600), `postgres.lock`, `run` (the Unix socket) and, if no
//! PostgreSQL is installed, the unpacked binaries. For root, see the module `place`.
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
//! All functions block; async callers wrap them.

mod account;
mod binaries;
mod child;
mod cluster;
mod endpoint;
mod error;
mod initialise;
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
pub use endpoint::Listen;
pub use error::{EmbeddedError, INSTALL_HINT};
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
    /// Settings of PostgreSQL that override those of this module.
    pub extra_settings: Vec<(String, String)>,
}

impl EmbeddedOptions {
    /// A cluster with durable data in `data_dir`, with any available binaries.
    #[must_use]
    pub fn durable(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
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
    pub fn throw_away(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            durability: Durability::ThrowAway,
            ..Self::durable(data_dir)
        }
    }
}
