//! For tests only: one throw-away cluster per test process, and access to its internals.

use std::{
    env,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use super::{
    EmbeddedCluster, EmbeddedError, EmbeddedOptions, account::Account, place::make_passable, secret,
};

static THROW_AWAY: LazyLock<EmbeddedCluster> = LazyLock::new(|| {
    // For root, the cluster's account may not be able to access the temporary directory; the module `place` handles
    // this.
    let started = secret::random_hex::<6>().and_then(|name| {
        let data_dir = env::temp_dir().join(format!("users-test-{name}"));
        EmbeddedCluster::start(&EmbeddedOptions::throw_away(data_dir), &|_| {})
    });
    started.unwrap_or_else(|error| panic!("no PostgreSQL for the tests: {error}"))
});

/// The cluster of this test process, started on first use. It is removed when the process ends.
///
/// # Panics
///
/// If it cannot be started.
#[must_use]
pub fn throw_away() -> &'static EmbeddedCluster {
    &THROW_AWAY
}

/// A directory of this test process that clusters can access; it is removed together with [`throw_away`].
///
/// # Errors
///
/// [`EmbeddedError::Io`].
pub fn dir_until_exit() -> Result<PathBuf, EmbeddedError> {
    let dir = throw_away().place.base().join("tests");
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
