//! Kills of a process with a cluster: alone, with its watchdog, with everything, and during the creation of the
//! cluster.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use embedded_postgres::{EmbeddedError, testing::watchdog_pid};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{Scratch, execute, kept, number, runs, start};

/// Names the data directory of a child process of this test binary that will be killed.
const VICTIM: &str = "EMBEDDED_POSTGRES_VICTIM_DATA_DIR";
const LIMIT: Duration = Duration::from_mins(1);

/// Child processes run this test too: they pause after the start until their input ends.
#[test]
fn a_cluster_stops_with_its_owner() {
    let victim = env::var_os(VICTIM).map(PathBuf::from);
    let own = victim.is_none().then(Scratch::with_cluster);
    let data_dir = victim.clone().or_else(|| own.as_ref().map(Scratch::data_dir));
    let cluster = start(&kept(&data_dir.unwrap())).unwrap();
    execute(&cluster.owner_url(), "create table if not exists kept as select 7 as value").unwrap();
    let pid = cluster.pid();
    if victim.is_some() {
        println!("\nready {pid} {}", watchdog_pid(&cluster));
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }
    drop(cluster);
    assert!(!runs(pid));
}

/// Another process with a cluster in this directory.
struct Victim {
    process: Child,
    server: u32,
    watchdog: u32,
}

impl Victim {
    fn spawn(data_dir: &Path) -> Child {
        let test =
            concat!(module_path!(), "::a_cluster_stops_with_its_owner").split_once("::").unwrap().1;
        let mut process = Command::new(env::current_exe().unwrap());
        process.args([test, "--exact", "--nocapture"]).env(VICTIM, data_dir);
        process.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    }

    fn started(data_dir: &Path) -> Self {
        let mut process = Self::spawn(data_dir);
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let ready = lines
            .find_map(|line| line.strip_prefix("ready ").map(str::to_owned))
            .expect("the victim starts");
        let mut pids = ready.split(' ').map(|pid| pid.parse().unwrap());
        Self { server: pids.next().unwrap(), watchdog: pids.next().unwrap(), process }
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Victim {
    /// Kills the processes if the test fails.
    fn drop(&mut self) {
        if thread::panicking() {
            let _ = self.process.kill();
            let _ = self.process.wait();
            let _ = Command::new("kill").args(["-s", "INT", &self.server.to_string()]).status();
        }
    }
}

fn kill_hard(pid: u32) {
    kill(Pid::from_raw(pid.try_into().unwrap()), Signal::SIGKILL).unwrap();
    await_that(|| !runs(pid));
}

#[expect(
    clippy::disallowed_methods,
    reason = "the end of a process that is no child gives no event"
)]
fn await_that(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {} s", LIMIT.as_secs());
        thread::sleep(Duration::from_millis(20));
    }
}

fn assert_starts_with_its_data(data_dir: &Path) {
    let cluster = start(&kept(data_dir)).unwrap();
    assert_eq!(number(&cluster.owner_url(), "select value from kept"), 7);
}

#[test]
fn the_watchdog_stops_the_server_of_a_killed_process() {
    let scratch = Scratch::with_cluster();
    let mut victim = Victim::started(&scratch.data_dir());
    assert!(matches!(start(&kept(&scratch.data_dir())).unwrap_err(), EmbeddedError::InUse(_)));
    assert!(runs(victim.server));
    victim.kill();
    await_that(|| !runs(victim.server) && !runs(victim.watchdog));
    assert!(!scratch.cluster_dir().join("postmaster.pid").exists(), "the server stopped in order");
    assert_starts_with_its_data(&scratch.data_dir());
}

#[test]
fn a_start_right_after_the_kill_waits_for_the_old_server() {
    let scratch = Scratch::with_cluster();
    let mut victim = Victim::started(&scratch.data_dir());
    victim.kill();
    let cluster = start(&kept(&scratch.data_dir())).unwrap();
    assert!(!runs(victim.server));
    await_that(|| !runs(victim.watchdog));
    assert!(runs(cluster.pid()), "the old watchdog leaves the new server alone");
    assert_eq!(number(&cluster.owner_url(), "select value from kept"), 7);
}

#[test]
fn a_server_that_lost_its_watchdog_too_is_taken_over() {
    let scratch = Scratch::with_cluster();
    let mut victim = Victim::started(&scratch.data_dir());
    kill_hard(victim.watchdog);
    victim.kill();
    assert!(runs(victim.server), "the server still runs");
    assert_starts_with_its_data(&scratch.data_dir());
    assert!(!runs(victim.server));
}

#[test]
fn a_start_recovers_when_everything_was_killed() {
    let scratch = Scratch::with_cluster();
    let mut victim = Victim::started(&scratch.data_dir());
    kill_hard(victim.watchdog);
    kill_hard(victim.server);
    victim.kill();
    assert!(scratch.cluster_dir().join("postmaster.pid").exists(), "a stale file exists");
    assert_starts_with_its_data(&scratch.data_dir());
}

#[test]
fn a_start_recovers_from_a_kill_during_the_creation() {
    let scratch = Scratch::new();
    let unfinished = || {
        let entries = fs::read_dir(scratch.data_dir()).into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.file_name().to_string_lossy().starts_with("postgres.unfinished-"))
            .count()
    };
    let mut victim = Victim::spawn(&scratch.data_dir());
    await_that(|| unfinished() == 1);
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(!scratch.cluster_dir().exists());

    let cluster = start(&kept(&scratch.data_dir())).unwrap();
    assert_eq!(number(&cluster.runtime_url(), "1"), 1);
    cluster.stop().unwrap();
    // The orphaned initdb may have been writing during the first start; by now it has ended.
    start(&kept(&scratch.data_dir())).unwrap().stop().unwrap();
    assert_eq!(unfinished(), 0);
}
