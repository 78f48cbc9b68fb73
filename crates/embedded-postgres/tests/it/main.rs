//! The embedded cluster, with real servers and processes.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod binaries;
mod kill;
mod leftovers;
mod life;
mod places;
mod rights;
mod tls;

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use diesel::{
    Connection, PgConnection, QueryResult, RunQueryDsl, connection::SimpleConnection, dsl::sql,
    sql_types::BigInt,
};
use embedded_postgres::{EmbeddedCluster, EmbeddedError, EmbeddedOptions, testing};

/// The database of every cluster.
const DATABASE: &str = "shop";

static SCRATCH: AtomicU32 = AtomicU32::new(0);

/// A cluster for all tests that do not stop it.
static SHARED: LazyLock<EmbeddedCluster> =
    LazyLock::new(|| testing::throw_away(DATABASE, &["pg_trgm"]).unwrap());

/// A stopped cluster, created once: a copy is many times cheaper than `initdb`.
static STOPPED: LazyLock<PathBuf> = LazyLock::new(|| {
    let data_dir = testing::dir_until_end(&SHARED).unwrap().join("stopped");
    start(&kept(&data_dir)).unwrap().stop().unwrap();
    data_dir
});

/// A directory of a test, removed on drop.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let number = SCRATCH.fetch_add(1, Ordering::Relaxed);
        let dir = env::temp_dir().join(format!("embedded-it-{}-{number}", process::id()));
        fs::create_dir_all(&dir).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        Self(dir)
    }

    /// Creates a data directory with a stopped cluster.
    fn with_cluster() -> Self {
        let scratch = Self::new();
        copy_cluster(&scratch.data_dir());
        scratch
    }

    fn data_dir(&self) -> PathBuf {
        self.0.join("data")
    }

    /// PostgreSQL's own directory, if its account can reach the data directory.
    fn cluster_dir(&self) -> PathBuf {
        self.data_dir().join("postgres")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn copy_cluster(data_dir: &Path) {
    // Keeps owners and modes, which PostgreSQL requires.
    let copy = process::Command::new("cp").arg("-a").arg(&*STOPPED).arg(data_dir).status().unwrap();
    assert!(copy.success());
}

/// Data that survives restarts, without the cost of flushing to disk.
fn kept(data_dir: &Path) -> EmbeddedOptions {
    let mut options = EmbeddedOptions::durable(DATABASE, data_dir);
    options.extra_settings.push(("fsync".to_owned(), "off".to_owned()));
    options
}

/// A cluster that is removed with its data.
fn brief(data_dir: impl Into<PathBuf>) -> EmbeddedOptions {
    EmbeddedOptions::throw_away(DATABASE, data_dir)
}

fn start(options: &EmbeddedOptions) -> Result<EmbeddedCluster, EmbeddedError> {
    EmbeddedCluster::start(options, &|_| {})
}

fn execute(url: &str, statements: &str) -> QueryResult<()> {
    PgConnection::establish(url).unwrap().batch_execute(statements)
}

fn number(url: &str, expression: &str) -> i64 {
    let query = diesel::select(sql::<BigInt>(&format!("({expression})::bigint")));
    query.get_result(&mut PgConnection::establish(url).unwrap()).unwrap()
}

/// Whether the process exists and is not a zombie.
fn runs(pid: u32) -> bool {
    let ps =
        process::Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(ps.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}
