//! Tests of signals and of an orderly stop.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::embedded::postmaster_below;
use crate::process::{ScratchDir, Server, users_server};
use crate::shared_database::{OwnCluster, SharedDatabase};

const BODY: &str = r#"{"vendor_data": "ada"}"#;

/// Sends the head of a request; returns when its handler waits for [`BODY`].
fn begin_create(address: &str, key: &str) -> TcpStream {
    let mut running = TcpStream::connect(address).unwrap();
    running.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(
        running,
        "POST /v3/users/create/ HTTP/1.1\r\nhost: {address}\r\nx-api-key: {key}\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        BODY.len()
    )
    .unwrap();
    let mut interim = [0; 25];
    running.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100"), "the handler has begun");
    running
}

#[test]
fn a_running_request_is_finished_when_the_service_stops() {
    let dir = ScratchDir::new();
    let mut server = Server::start(&[("DATA_DIR", dir.text())]);
    let key = server.first_key();
    let address = server.address().to_owned();
    let mut running = begin_create(&address, &key);

    server.signal(Signal::SIGTERM);
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < deadline, "the service still accepts");
    }
    running.write_all(BODY.as_bytes()).unwrap();
    let mut answer = String::new();
    running.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(server.wait().code(), Some(0));
}

/// Sends one request over a separate connection.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn sigterm_is_announced_before_the_listener_closes() {
    let dir = ScratchDir::new();
    let drain = ("SHUTDOWN_DRAIN_SECONDS", "4");
    let mut server = Server::start(&[("DATA_DIR", dir.text()), drain]);
    let mut idle = TcpStream::connect(server.address()).unwrap();
    server.signal(Signal::SIGTERM);
    while server.watcher().get("/readyz").status != 503 {}
    assert!(get(server.address(), "/readyz").starts_with("HTTP/1.1 503"));
    let answer = get(server.address(), "/healthz").to_lowercase();
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn a_hangup_does_not_end_the_service() {
    let dir = ScratchDir::new();
    let server = Server::start(&[("DATA_DIR", dir.text())]);
    server.signal(Signal::SIGHUP);
    server.wait_for_message("SIGHUP is ignored");
    assert_eq!(server.watcher().get("/readyz").status, 200);
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn the_service_ends_in_time_while_postgresql_is_frozen() {
    let dir = ScratchDir::new();
    let cluster = OwnCluster::start(&dir);
    let database = &cluster.database;
    let mut environment = database.environment().to_vec();
    environment.push(("SHUTDOWN_GRACE_SECONDS", "1"));
    let mut server = Server::start(&environment);
    let mut running = begin_create(server.address(), &database.owner_key());
    cluster.signal(Signal::SIGSTOP);
    running.write_all(BODY.as_bytes()).unwrap();
    server.signal(Signal::SIGTERM);
    let status = server.wait_at_most(Duration::from_secs(30));
    cluster.signal(Signal::SIGCONT);
    assert_eq!(status.code(), Some(3));
}

#[test]
fn the_service_ends_in_time_while_its_own_postgresql_is_frozen() {
    let dir = ScratchDir::new();
    let grace = ("SHUTDOWN_GRACE_SECONDS", "1");
    let mut server = Server::start(&[("DATA_DIR", dir.text()), grace]);
    kill(postmaster_below(dir.path()), Signal::SIGSTOP).unwrap();
    server.signal(Signal::SIGTERM);
    server.wait_at_most(Duration::from_secs(25));
    let server = Server::start(&[("DATA_DIR", dir.text())]);
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn a_second_signal_ends_the_wait_for_postgresql() {
    let dir = ScratchDir::new();
    let grace = ("SHUTDOWN_GRACE_SECONDS", "60");
    let mut server = Server::start(&[("DATA_DIR", dir.text()), grace]);
    let postmaster = postmaster_below(dir.path());
    kill(postmaster, Signal::SIGSTOP).unwrap();
    server.signal(Signal::SIGTERM);
    server.wait_for_message("stopping PostgreSQL");
    server.signal(Signal::SIGTERM);
    let status = server.wait_at_most(Duration::from_secs(25));
    assert_eq!(status.code(), Some(3));
    // The watchdog's signal takes effect when the process continues.
    kill(postmaster, Signal::SIGCONT).unwrap();
    let server = Server::start(&[("DATA_DIR", dir.text())]);
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn a_hangup_does_not_end_a_migration() {
    let database = SharedDatabase::empty();
    // Takes the lock of a concurrent migration.
    let mut other = PgConnection::establish(&database.owner_url).unwrap();
    other.batch_execute("SELECT pg_advisory_lock(x'7573657273'::bigint)").unwrap();
    let mut migrating =
        users_server(&database.environment()).arg("migrate").stderr(Stdio::null()).spawn().unwrap();
    let waits = "SET statement_timeout = '60s';
        DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%'
            AND datname = current_database()
            AND pid <> pg_backend_pid()) LOOP
        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END $$";
    other.batch_execute(waits).unwrap();
    let pid = Pid::from_raw(i32::try_from(migrating.id()).unwrap());
    kill(pid, Signal::SIGHUP).unwrap();
    drop(other);
    assert_eq!(migrating.wait().unwrap().code(), Some(0));
}
