//! For tests only: throw-away clusters, and access to their internals.

use std::{
    env,
    path::{Path, PathBuf},
};

use super::{
    EmbeddedCluster, EmbeddedError, EmbeddedOptions, account::Account, place::make_passable, secret,
};

/// Starts a cluster in a new temporary directory. It is removed when the value is dropped or the process ends, so a
/// test program may keep it in a static variable.
///
/// # Errors
///
/// See [`EmbeddedError`].
pub fn throw_away(database: &str, extensions: &[&str]) -> Result<EmbeddedCluster, EmbeddedError> {
    // For root, the cluster's account may not be able to access the temporary directory; the module `place` handles
    // this.
    let data_dir = env::temp_dir().join(format!("{database}-test-{}", secret::random_hex::<6>()?));
    let mut options = EmbeddedOptions::throw_away(database, data_dir);
    options.extensions = extensions.iter().copied().map(str::to_owned).collect();
    EmbeddedCluster::start(&options, &|_| {})
}

/// A directory that clusters can access; it is removed together with this throw-away cluster.
///
/// # Errors
///
/// [`EmbeddedError::Io`].
pub fn dir_until_end(cluster: &EmbeddedCluster) -> Result<PathBuf, EmbeddedError> {
    let dir = cluster.place.base().join("tests");
    make_passable(&dir)?;
    Ok(dir)
}

/// Makes the account of clusters the owner of a file or directory, so that settings can refer to it.
///
/// # Errors
///
/// [`EmbeddedError::Io`].
pub fn give_to_cluster(path: &Path) -> Result<(), EmbeddedError> {
    Account::for_new_cluster()?.own(path)
}

/// The process id of the cluster's watchdog.
#[must_use]
pub fn watchdog_pid(cluster: &EmbeddedCluster) -> u32 {
    cluster.watchdog.pid()
}
