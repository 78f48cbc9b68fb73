//! Several processes that share one limit, by the server's clock.

use std::env;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use adapter_rate_limits::testing::TestServer;
use tokio::task::JoinSet;
use users_domain::model::{ApplicationId, KeyId, LimitSubject};
use users_domain::ports::RateLimiter as _;

use crate::{limiter, new_subject, per_minute};

const PROCESSES: usize = 3;
const TASKS: usize = 8;
const CHECKS_PER_TASK: usize = 25;
/// Half of the requests made.
const LIMIT: u32 = 300;

/// Set in child processes of this test: the server's URL and the subject.
const CHILD: &str = "USERS_RATE_LIMIT_CHILD";
const THIS_TEST: &str = "processes::three_processes_admit_exactly_the_limit_together";
const READY: &str = "ready to ask";
const PLACES: &str = "places: ";

/// Each permit is given exactly once: the remaining count differs for every admitted request.
#[test]
fn three_processes_admit_exactly_the_limit_together() {
    if let Ok(task) = env::var(CHILD) {
        return ask_as_a_process(&task);
    }
    let server = TestServer::start();
    let LimitSubject::KeyReads { application, key } = new_subject() else {
        unreachable!("a subject of key reads");
    };
    let task = format!("{} {application} {key}", server.url());
    let mut children: Vec<_> = (0..PROCESSES).map(|_| Asking::start(&task)).collect();
    for child in &mut children {
        child.wait_for(READY);
    }
    for child in &mut children {
        child.process.stdin.take().unwrap().write_all(b"go\n").unwrap();
    }
    let mut places: Vec<u32> = Vec::new();
    for mut child in children {
        let given = child.wait_for(PLACES);
        places.extend(given.split_whitespace().map(|place| place.parse::<u32>().unwrap()));
        assert!(child.process.wait().unwrap().success());
    }
    places.sort_unstable();
    assert_eq!(places, (0..LIMIT).collect::<Vec<_>>());
}

struct Asking {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
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
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output }
    }

    /// Returns the text behind `text` in the first line that contains it.
    fn wait_for(&mut self, text: &str) -> String {
        let mut lines = self.output.by_ref().lines().map(Result::unwrap);
        let found = lines.find_map(|line| Some(line.split_once(text)?.1.to_owned()));
        found.unwrap_or_else(|| panic!("a process ended before it printed {text:?}"))
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
    let (application, key) = (ApplicationId::parse(next()).unwrap(), KeyId::parse(next()).unwrap());
    let asks = LimitSubject::KeyReads { application, key };
    testkit::run(async {
        let limiter = limiter(&url);
        print_line(READY);
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
        print_line(&format!("{PLACES}{places}"));
    });
}

/// Bypasses the test harness's capture of output.
fn print_line(line: &str) {
    let line = format!("{line}\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}
