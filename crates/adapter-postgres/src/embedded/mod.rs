//! A private PostgreSQL cluster that starts and stops with this process: the default of the server, and the database of the tests.
//!
//! Owns everything about it: finding or fetching the binaries, the files, the roles, the server process and its end. Must never touch
//! a PostgreSQL that it did not make, and knows nothing of the schema inside.
//!
//! # Where things lie
//!
//! In the data directory: `postgres` (PostgreSQL's files), `postgres.log` (bounded, without personal data), `postgres.credentials`
//! (generated passwords, mode 0600), `postgres.lock`, `run` (the Unix socket) and, where no PostgreSQL was installed, the unpacked
//! binaries. When root runs this and the cluster's account cannot reach the data directory, see the module `place`.
//!
//! # Root
//!
//! PostgreSQL refuses to run as root. Root's cluster is made as the account `postgres`, else `nobody`, and from then on runs as the
//! owner of its files.
//!
//! # Ends
//!
//! [`EmbeddedCluster::stop`] and dropping stop the server in order. When this process is killed, a watchdog child does. When that is
//! killed too, the next start stops what still runs. A lock keeps two processes from one data directory.
//!
//! Everything here blocks; async callers wrap it.

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

/// What the data is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Committed is committed. Files stay when the cluster stops.
    Durable,
    /// Nothing is flushed to disk, and the data directory is removed when the cluster stops or the process ends.
    ThrowAway,
}

/// What to start.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// Where everything is kept; made when missing.
    pub data_dir: PathBuf,
    /// Use the binaries in this directory and no other.
    pub pg_bin_dir: Option<PathBuf>,
    /// Look for installed binaries; without it, and without `pg_bin_dir`, only the fetched ones are used.
    pub use_installed: bool,
    /// Fetch binaries once when none are found.
    pub allow_download: bool,
    /// What the data is worth.
    pub durability: Durability,
    /// How clients connect.
    pub listen: Listen,
    /// Settings of PostgreSQL, over those of this module.
    pub extra_settings: Vec<(String, String)>,
}

impl EmbeddedOptions {
    /// A cluster with durable data in `data_dir`, from whatever binaries there are.
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

    /// The same for data that nobody will miss; `data_dir` is removed in the end.
    #[must_use]
    pub fn throw_away(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            durability: Durability::ThrowAway,
            ..Self::durable(data_dir)
        }
    }
}
