//! Start, restart and stop.

use std::fs;

use embedded_postgres::{EmbeddedError, testing::watchdog_pid};
use nix::unistd::{Pid, getpgid};

use super::{DATABASE, Scratch, brief, execute, kept, number, runs, start};

#[test]
fn a_restart_keeps_data_and_passwords() {
    let scratch = Scratch::with_cluster();
    let options = kept(&scratch.data_dir());
    let first = start(&options).unwrap();
    let (pid, urls) = (first.pid(), first.urls(DATABASE));
    execute(&urls.owner, "create table kept as select 7 as value").unwrap();
    first.stop().unwrap();
    assert!(!runs(pid));

    let second = start(&options).unwrap();
    assert_eq!(second.urls(DATABASE), urls);
    assert_eq!(number(&second.owner_url(), "select value from kept"), 7);
}

#[test]
fn a_throw_away_cluster_leaves_nothing() {
    let scratch = Scratch::new();
    let cluster = start(&brief(scratch.data_dir())).unwrap();
    let (pid, watchdog) = (cluster.pid(), watchdog_pid(&cluster));
    assert_eq!(number(&cluster.runtime_url(), "1"), 1);
    assert!(runs(pid) && runs(watchdog));
    drop(cluster);
    assert!(!runs(pid) && !runs(watchdog));
    assert!(!scratch.data_dir().exists());
}

#[test]
fn terminal_interrupts_reach_neither_server_nor_watchdog() {
    let scratch = Scratch::with_cluster();
    let cluster = start(&brief(scratch.data_dir())).unwrap();
    let own = getpgid(None).unwrap();
    for pid in [cluster.pid(), watchdog_pid(&cluster)] {
        let group = getpgid(Some(Pid::from_raw(pid.try_into().unwrap()))).unwrap();
        assert_ne!(group, own);
    }
}

#[test]
fn a_failing_start_shows_the_servers_log_and_leaves_nothing() {
    let scratch = Scratch::with_cluster();
    let mut options = brief(scratch.data_dir());
    options.extra_settings.push(("shared_buffers".to_owned(), "a lot".to_owned()));
    let error = start(&options).unwrap_err();
    assert!(
        matches!(&error, EmbeddedError::StartFailed(log) if log.contains("shared_buffers")),
        "{error}"
    );
    assert!(!scratch.data_dir().exists());
}

#[test]
fn the_log_contains_errors_but_no_values() {
    let scratch = Scratch::with_cluster();
    let cluster = start(&kept(&scratch.data_dir())).unwrap();
    let owner = cluster.owner_url();
    execute(
        &owner,
        "create table once (name text primary key); insert into once values ('Ada-Lovelace')",
    )
    .unwrap();
    execute(&owner, "insert into once values ('Ada-Lovelace')").unwrap_err();
    execute(&owner, "select nothing()").unwrap_err();
    cluster.stop().unwrap();

    let log = fs::read_to_string(scratch.data_dir().join("postgres.log")).unwrap();
    assert!(log.contains("database system is shut down"), "{log}");
    assert!(log.contains("23505 ERROR:"), "{log}");
    assert!(log.contains("42883 ERROR:  function nothing() does not exist"), "{log}");
    assert!(!log.contains("Ada"), "{log}");
}
