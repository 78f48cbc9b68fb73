//! Tests of several processes on one remote database.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, LazyLock};
use std::thread;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use embedded_postgres::testing::throw_away;
use embedded_postgres::{DatabaseUrls, EmbeddedCluster, EmbeddedOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::process::{ScratchDir, Server, lines, refusal, run};

pub(crate) const SECRET: &str = "aIfqc3Y4WNp+4c3UqpFpWWoXM7xV0LVXwhLmESShg2A=";

/// The cluster of all tests that do not stop or freeze it. It is removed when the test process ends.
static CLUSTER: LazyLock<EmbeddedCluster> = LazyLock::new(|| throw_away("users", &[]).unwrap());

/// The name of a database that is migrated once; others are copies of its files.
static TEMPLATE: LazyLock<String> = LazyLock::new(|| {
    let template = SharedDatabase::empty();
    lines(&run(&template.environment(), &["migrate"]));
    template.name
});

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A database that runs outside of the servers.
pub(crate) struct SharedDatabase {
    name: String,
    pub(crate) runtime_url: String,
    pub(crate) owner_url: String,
}

impl SharedDatabase {
    /// A migrated database.
    pub(crate) fn new() -> Self {
        Self::copy_of(Some(&TEMPLATE))
    }

    /// A database without a schema.
    pub(crate) fn empty() -> Self {
        Self::copy_of(None)
    }

    fn copy_of(template: Option<&str>) -> Self {
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let urls = CLUSTER.create_database(&name, template).unwrap();
        Self::at(name, urls)
    }

    fn at(name: String, urls: DatabaseUrls) -> Self {
        Self { name, runtime_url: urls.runtime, owner_url: urls.owner }
    }

    /// The environment of a server on this database.
    pub(crate) fn environment(&self) -> [(&'static str, &str); 4] {
        [
            ("DATABASE_URL", &self.runtime_url),
            ("MIGRATION_DATABASE_URL", &self.owner_url),
            ("SECRET_KEY", SECRET),
            ("DATABASE_CHECKOUT_TIMEOUT_MS", "1000"),
        ]
    }

    pub(crate) fn owner_key(&self) -> String {
        let create = ["key", "create", "--role", "OWNER", "--name", "o"];
        lines(&run(&self.environment(), &create)).concat()
    }
}

/// A database on its own cluster, which the test may stop or freeze.
pub(crate) struct OwnCluster {
    pub(crate) database: SharedDatabase,
    cluster: EmbeddedCluster,
}

impl OwnCluster {
    pub(crate) fn start(dir: &ScratchDir) -> Self {
        let options = EmbeddedOptions::durable("users", dir.path());
        let cluster = EmbeddedCluster::start(&options, &|_| {}).unwrap();
        let urls = DatabaseUrls { owner: cluster.owner_url(), runtime: cluster.runtime_url() };
        let database = SharedDatabase::at("users".to_owned(), urls);
        Self { database, cluster }
    }

    /// Sends a signal to every process of PostgreSQL.
    pub(crate) fn signal(&self, signal: Signal) {
        let postmaster = self.cluster.pid();
        kill_one(postmaster, signal);
        let children = format!("/proc/{postmaster}/task/{postmaster}/children");
        let children = std::fs::read_to_string(children).unwrap();
        for child in children.split_whitespace() {
            kill_one(child.parse().unwrap(), signal);
        }
    }
}

fn kill_one(process: u32, signal: Signal) {
    // A session may end meanwhile.
    let _ = kill(Pid::from_raw(i32::try_from(process).unwrap()), signal);
}

#[test]
fn processes_that_start_concurrently_share_their_state() {
    let database = SharedDatabase::empty();
    let servers: Vec<Server> = thread::scope(|scope| {
        let starting: Vec<_> =
            (0..3).map(|_| scope.spawn(|| Server::start(&database.environment()))).collect();
        starting.into_iter().map(|server| server.join().unwrap()).collect()
    });
    let key = database.owner_key();

    for round in 0..10 {
        let together = Barrier::new(servers.len());
        let mut statuses: Vec<u16> = thread::scope(|scope| {
            let creating: Vec<_> = servers
                .iter()
                .map(|server| {
                    let (client, together) = (server.client(&key), &together);
                    scope.spawn(move || {
                        together.wait();
                        client
                            .post(
                                "/v3/users/create/",
                                &json!({"vendor_data": format!("user-{round}")}),
                            )
                            .status
                    })
                })
                .collect();
            creating.into_iter().map(|status| status.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409]);
    }

    // A cursor of one process is read by another.
    let page = servers[0].client(&key).get("/v3/users/?limit=4&ordering=created_at").json();
    let next = page["next"].as_str().unwrap().split_once("/v3/").unwrap().1;
    let rest = servers[1].client(&key).get(&format!("/v3/{next}")).json();
    assert_eq!(rest["results"][0]["vendor_data"], json!("user-4"));
}

#[test]
fn an_unavailable_database_gives_503_until_it_is_back() {
    let dir = ScratchDir::new();
    let OwnCluster { database, cluster } = OwnCluster::start(&dir);
    let server = Server::start(&database.environment());
    let key = database.owner_key();
    let client = server.client(&key);
    assert_eq!(client.post("/v3/users/create/", &json!({"vendor_data": "ada"})).status, 201);

    cluster.stop().unwrap();
    let refused = client.post("/v3/users/create/", &json!({"vendor_data": "bob"}));
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert!(refused.header("retry-after").is_some());
    let becomes = |status| {
        let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
        while client.get("/readyz").status != status {
            let now = std::time::Instant::now();
            assert!(now < deadline, "/readyz does not become {status}");
        }
    };
    // The result of a check is reused for a moment.
    becomes(503);
    assert_eq!(client.get("/healthz").status, 200);

    let _restarted = OwnCluster::start(&dir);
    becomes(200);
    assert_eq!(client.get("/v3/users/ada/").status, 200);
    assert_eq!(client.get("/v3/users/bob/").status, 404, "a 503 wrote nothing");
}

#[test]
fn a_server_waits_for_a_database_that_starts_later() {
    for migrates in ["true", "false"] {
        let dir = ScratchDir::new();
        let OwnCluster { database, cluster } = OwnCluster::start(&dir);
        assert!(run(&database.environment(), &["migrate"]).status.success());
        cluster.stop().unwrap();
        let environment = [
            ("DATABASE_URL", database.runtime_url.as_str()),
            ("MIGRATION_DATABASE_URL", &database.owner_url),
            ("SECRET_KEY", SECRET),
            ("MIGRATE_ON_START", migrates),
        ];
        let server = Server::spawn(&environment, &["serve"], "waiting for the database");
        let _restarted = OwnCluster::start(&dir);
        server.wait_for_message("\"serving\"");
        assert!(server.stop().success());
    }
}

/// The database is read-only as during a failover.
#[test]
fn a_server_waits_while_its_database_is_read_only() {
    for migrates in ["true", "false"] {
        let database = SharedDatabase::empty();
        let mut owner = PgConnection::establish(&database.owner_url).unwrap();
        let mut set_writable = |writable: bool| {
            let (set, name) =
                (if writable { "off" } else { "on" }, "default_transaction_read_only");
            let alter = format!("ALTER DATABASE {} SET {name} = {set}", database.name);
            owner.batch_execute(&alter).unwrap();
        };
        if migrates == "false" {
            assert!(run(&database.environment(), &["migrate"]).status.success());
        }
        set_writable(false);
        let environment = [&database.environment()[..], &[("MIGRATE_ON_START", migrates)]].concat();
        let server = Server::spawn(&environment, &["serve"], "waiting for the database");
        set_writable(true);
        server.wait_for_message("\"serving\"");
        assert!(server.stop().success());
    }
}

#[test]
fn an_unavailable_database_is_reported_as_the_reason() {
    // Bound, so that no other process listens there, but not listening.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let url = format!("postgres://role:hunter2@{address}/users");
    let environment = [
        ("DATABASE_URL", url.as_str()),
        ("SECRET_KEY", SECRET),
        ("DATABASE_START_TIMEOUT_SECONDS", "1"),
    ];
    let migrated = run(&environment, &["migrate"]);
    assert_eq!(migrated.status.code(), Some(1));
    let migrated = String::from_utf8(migrated.stderr).unwrap();
    for log in [refusal(&environment), migrated] {
        for part in [
            "waiting for the database",
            "could not be reached within 1 s (DATABASE_START_TIMEOUT_SECONDS)",
            "refused",
        ] {
            assert!(log.contains(part), "{log}");
        }
        assert!(!log.contains("hunter2"), "{log}");
    }
}
