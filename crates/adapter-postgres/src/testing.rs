//! For tests only: a separate migrated database per test, on a cluster that is removed with the test process.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use embedded_postgres::testing::throw_away;
use embedded_postgres::{DatabaseUrls, EmbeddedCluster};
use users_domain::model::webhooks::LaneHealth;
use users_domain::ports::EventEncoder;

use crate::rows;
use crate::{
    EXTENSIONS, PgApplicationStore, PgAttemptLog, PgAuditReader, PgAuditTrail, PgBacklogReader,
    PgDestinationStore, PgEventRetention, PgIdempotencyStore, PgKeyStore, PgLaneStore, PgOutbox,
    PgReadiness, PgRecoveryStore, PgUserReader, PgUserStore, Pool, PoolConfig, migrate,
};

static CLUSTER: LazyLock<EmbeddedCluster> = LazyLock::new(|| {
    throw_away("users", &EXTENSIONS)
        .unwrap_or_else(|error| panic!("no PostgreSQL for the tests: {error}"))
});

/// The cluster of this test process, started on first use. It is removed when the process ends.
///
/// # Panics
/// If it cannot be started.
#[must_use]
pub fn cluster() -> &'static EmbeddedCluster {
    &CLUSTER
}

/// A database for exclusive use, on the cluster of this test process. Dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    urls: DatabaseUrls,
}

static NEXT: AtomicU32 = AtomicU32::new(1);

/// The database that is migrated once; every other database is a copy of its files.
static TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let template = create(None);
    migrate(&template.urls.owner, &template.urls.runtime)
        .unwrap_or_else(|error| panic!("no template: {error}"));
    relax(&template.urls.owner);
    let name = template.name.clone();
    // The template exists until the process ends.
    std::mem::forget(template);
    name
});

/// Tests have their own clocks: allows audit entries of any time, and dropping any daily partition.
fn relax(owner_url: &str) {
    let relaxed = PgConnection::establish(owner_url).map(|mut owner| {
        owner.batch_execute(
            "ALTER POLICY audit_entries_of_now ON audit_entries WITH CHECK (true);
             UPDATE event_retention SET days = 0",
        )
    });
    assert!(matches!(relaxed, Ok(Ok(()))), "the template cannot be prepared: {relaxed:?}");
}

fn create(template: Option<&str>) -> TestDatabase {
    let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let urls = cluster()
        .create_database(&name, template)
        .unwrap_or_else(|error| panic!("no database for a test: {error}"));
    TestDatabase { name, urls }
}

impl TestDatabase {
    /// A database with the schema of this build. Blocks briefly.
    ///
    /// # Panics
    /// If it cannot be created.
    #[must_use]
    pub fn migrated() -> Self {
        create(Some(&TEMPLATE))
    }

    /// An empty database. Blocks briefly.
    ///
    /// # Panics
    /// If it cannot be created.
    #[must_use]
    pub fn empty() -> Self {
        create(None)
    }

    /// The URL of the role that owns the database.
    #[must_use]
    pub fn owner_url(&self) -> &str {
        &self.urls.owner
    }

    /// The URL of the role that serves requests.
    #[must_use]
    pub fn runtime_url(&self) -> &str {
        &self.urls.runtime
    }

    /// A pool of the runtime role with the given settings.
    ///
    /// # Panics
    /// If the URL is invalid.
    #[must_use]
    pub fn pool_with(&self, config: &PoolConfig) -> Pool {
        Pool::new(self.runtime_url(), config)
            .unwrap_or_else(|error| panic!("no pool for a test: {error}"))
    }

    /// A pool of the runtime role for many concurrent tests on one cluster, with time limits for slow machines.
    ///
    /// # Panics
    /// If the URL is invalid.
    #[must_use]
    pub fn pool(&self) -> Pool {
        self.pool_with(&PoolConfig {
            connections: 3,
            checkout_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_mins(1),
            lock_timeout: Duration::from_secs(30),
            idle_in_transaction_timeout: Duration::from_mins(1),
            call_timeout: Duration::from_secs(90),
            ..PoolConfig::default()
        })
    }

    /// All adapters on one pool.
    ///
    /// # Panics
    /// If the URL is invalid.
    #[must_use]
    pub fn stores(&self, encoder: Arc<dyn EventEncoder>) -> PgStores {
        PgStores::over(&self.pool(), encoder)
    }
}

/// The health of a lane as its row stores it.
///
/// # Panics
/// If it cannot be serialised.
#[must_use]
pub fn stored_health(health: &LaneHealth) -> String {
    rows::stored_health(health).unwrap_or_else(|_| panic!("the health cannot be serialised"))
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // The whole cluster is removed at the end of the process; after a failure some files stay until then.
        let _ = cluster().drop_database(&self.name);
    }
}

/// The adapters of all ports on one pool.
#[derive(Clone)]
#[expect(missing_docs, reason = "the type of a field describes it")]
pub struct PgStores {
    pub pool: Pool,
    pub users: PgUserStore,
    pub reader: PgUserReader,
    pub audit: PgAuditReader,
    pub trail: PgAuditTrail,
    pub claims: PgIdempotencyStore,
    pub applications: PgApplicationStore,
    pub keys: PgKeyStore,
    pub readiness: PgReadiness,
    pub outbox: PgOutbox,
    pub lanes: PgLaneStore,
    pub retention: PgEventRetention,
    pub backlog: PgBacklogReader,
    pub destinations: PgDestinationStore,
    pub attempts: PgAttemptLog,
    pub recoveries: PgRecoveryStore,
}

impl PgStores {
    /// Creates all adapters on this pool.
    #[must_use]
    pub fn over(pool: &Pool, encoder: Arc<dyn EventEncoder>) -> Self {
        Self {
            pool: pool.clone(),
            users: PgUserStore::new(pool.clone(), encoder),
            reader: PgUserReader::new(pool.clone()),
            audit: PgAuditReader::new(pool.clone()),
            trail: PgAuditTrail::new(pool.clone()),
            claims: PgIdempotencyStore::new(pool.clone()),
            applications: PgApplicationStore::new(pool.clone()),
            keys: PgKeyStore::new(pool.clone()),
            readiness: PgReadiness::new(pool.clone()),
            outbox: PgOutbox::new(pool.clone()),
            lanes: PgLaneStore::new(pool.clone()),
            retention: PgEventRetention::new(pool.clone()),
            backlog: PgBacklogReader::new(pool.clone()),
            destinations: PgDestinationStore::new(pool.clone()),
            attempts: PgAttemptLog::new(pool.clone()),
            recoveries: PgRecoveryStore::new(pool.clone()),
        }
    }
}
