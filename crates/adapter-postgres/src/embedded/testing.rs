//! For tests only: one throw-away cluster per test process, and a look inside.

use std::{
    env,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use super::{
    EmbeddedCluster, EmbeddedError, EmbeddedOptions, account::Account, place::make_passable, secret,
};

static THROW_AWAY: LazyLock<EmbeddedCluster> = LazyLock::new(|| {
    // Temporary directories of tests run by root may lie where the cluster's account cannot go; the place module knows what to do.
    let started = secret::random_hex::<6>().and_then(|name| {
        let data_dir = env::temp_dir().join(format!("users-test-{name}"));
        EmbeddedCluster::start(&EmbeddedOptions::throw_away(data_dir), &|_| {})
    });
    started.unwrap_or_else(|error| panic!("no PostgreSQL for the tests: {error}"))
});

/// The cluster of this test process, started on first use. It and its files go when the process ends.
///
/// # Panics
///
/// When it cannot be started.
#[must_use]
pub fn throw_away() -> &'static EmbeddedCluster {
    &THROW_AWAY
}

/// A directory of this test process that clusters can reach; it goes together with [`throw_away`].
///
/// # Errors
///
/// [`EmbeddedError::Io`].
pub fn dir_until_exit() -> Result<PathBuf, EmbeddedError> {
    let dir = throw_away().place.base().join("tests");
    make_passable(&dir)?;
    Ok(dir)
}

/// Hands a file or directory to the account clusters run as, so that settings can name it.
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
