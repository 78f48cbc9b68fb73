//! Several processes that share one limit, by the server's own clock.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use adapter_redis::testing::TestServer;
use tokio::task::JoinSet;
use users_domain::model::{ApplicationId, KeyId, LimitSubject};
use users_domain::ports::RateLimiter as _;

use crate::{limiter, per_minute, somebody};

const PROCESSES: usize = 3;
const TASKS: usize = 8;
const CHECKS_PER_TASK: usize = 25;
/// Half of what is asked for.
const LIMIT: u32 = 300;

/// Set in the processes that this test makes of itself: where the server is, and who asks.
const CHILD: &str = "USERS_RATE_LIMIT_CHILD";
const THIS_TEST: &str = "processes::three_processes_admit_exactly_the_limit_together";
const READY: &str = "ready to ask";
const PLACES: &str = "places: ";

/// Every place is given away, each once: what remained after each admitted request is another number.
#[test]
fn three_processes_admit_exactly_the_limit_together() {
    if let Ok(task) = env::var(CHILD) {
        return ask_as_a_process(&task);
    }
    let server = TestServer::start();
    let LimitSubject::KeyReads { application, key } = somebody() else {
        unreachable!("somebody reads");
    };
    let task = format!("{} {application} {key}", server.url());
    let mut children: Vec<_> = (0..PROCESSES).map(|_| Asking::start(&task)).collect();
    for child in &mut children {
        child.wait_for(READY);
    }
    for child in &mut children {
        child
            .process
            .stdin
            .take()
            .unwrap()
            .write_all(b"go\n")
            .unwrap();
    }
    let mut places: Vec<u32> = Vec::new();
    for mut child in children {
        let given = child.wait_for(PLACES);
        places.extend(
            given
                .split_whitespace()
                .map(|place| place.parse::<u32>().unwrap()),
        );
        assert!(child.process.wait().unwrap().success());
    }
    places.sort_unstable();
    assert_eq!(places, (0..LIMIT).collect::<Vec<_>>());
}

struct Asking {
    process: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Asking {
    fn start(task: &str) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", THIS_TEST, "--nocapture", "--test-threads=1"])
            .env(CHILD, task)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        Self { process, said }
    }

    /// What comes behind this text, in the line that has it.
    fn wait_for(&mut self, text: &str) -> String {
        let mut lines = self.said.by_ref().lines().map(Result::unwrap);
        let found = lines.find_map(|line| Some(line.split_once(text)?.1.to_owned()));
        found.unwrap_or_else(|| panic!("a process ended before it said {text:?}"))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn ask_as_a_process(task: &str) {
    let mut task = task.split(' ');
    let mut next = || task.next().unwrap();
    let url = next().to_owned();
    let (application, key) = (
        ApplicationId::parse(next()).unwrap(),
        KeyId::parse(next()).unwrap(),
    );
    let asks = LimitSubject::KeyReads { application, key };
    testkit::run(async {
        let limiter = limiter(&url);
        say(READY);
        std::io::stdin().read_line(&mut String::new()).unwrap();
        let mut tasks = JoinSet::new();
        for _ in 0..TASKS {
            let limiter = limiter.clone();
            tasks.spawn(async move {
                let mut places = Vec::new();
                for _ in 0..CHECKS_PER_TASK {
                    let verdict = limiter.check(asks, per_minute(LIMIT)).await.unwrap();
                    places.extend(verdict.admitted.then(|| verdict.remaining.to_string()));
                }
                places
            });
        }
        let places = tasks.join_all().await.concat().join(" ");
        say(&format!("{PLACES}{places}"));
    });
}

/// Past what catches the output of tests.
fn say(line: &str) {
    let line = format!("{line}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}
