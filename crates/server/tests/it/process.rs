//! A server process with an environment of its own.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::http::Client;

/// Long enough for `initdb` on a busy machine.
const START_LIMIT: Duration = Duration::from_mins(2);
const STOP_LIMIT: Duration = Duration::from_mins(1);

/// Tests of other things may ask as much as they like.
const NO_LIMITS: [(&str, &str); 5] = [
    ("RATE_LIMIT_GET_PER_MINUTE", "0"),
    ("RATE_LIMIT_WRITE_PER_MINUTE", "0"),
    ("RATE_LIMIT_SERVICE_PER_MINUTE", "0"),
    ("RATE_LIMIT_UNAUTHENTICATED_PER_MINUTE", "0"),
    ("RATE_LIMIT_PUBLIC_PER_MINUTE", "0"),
];

/// This environment, over one in which nothing is limited.
fn unlimited<'a>(environment: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&NO_LIMITS, environment].concat()
}

/// `users-server` with this environment and no other.
pub(crate) fn users_server(environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_users-server"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
        .env("LOG_FORMAT", "json")
        // No load balancer asks.
        .env("SHUTDOWN_DRAIN_SECONDS", "0")
        .envs(environment.iter().copied());
    command
}

/// Runs a command of `users-server` to its end.
pub(crate) fn run(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    users_server(environment)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Takes nothing that is written to it, as a full disk does.
pub(crate) fn full() -> Stdio {
    let device = std::fs::File::options().write(true).open("/dev/full");
    device.unwrap().into()
}

/// Starts a server that refuses to serve, and returns its log; panics when it does not end.
pub(crate) fn refusal(environment: &[(&str, &str)]) -> String {
    let mut child = users_server(environment)
        .arg("serve")
        .env("LISTEN_ADDR", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = follow_stderr(&mut child);
    let (deadline, mut lines) = (Instant::now() + START_LIMIT, Vec::new());
    loop {
        match log.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => lines.push(line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                let _ = child.kill();
                panic!("the server serves: {lines:#?}");
            }
        }
    }
    assert!(!child.wait().unwrap().success(), "{lines:#?}");
    lines.join("\n")
}

/// The lines of a command's answer; panics when it failed.
pub(crate) fn lines(output: &Output) -> Vec<String> {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone())
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
    metrics_address: String,
    log: Receiver<String>,
    printed: Receiver<String>,
}

impl Server {
    /// Starts the server on a free port and waits until it is ready. It limits nothing that the environment does not.
    pub(crate) fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_as_it_is(&unlimited(environment))
    }

    /// The same with the service's own limits.
    pub(crate) fn start_as_it_is(environment: &[(&str, &str)]) -> Self {
        let server = Self::spawn(environment, &["serve"], "serving");
        Self::wait_until_ready(&server.address);
        server
    }

    /// The same for a server that only answers requests.
    pub(crate) fn start_api(environment: &[(&str, &str)]) -> Self {
        let environment = unlimited(environment);
        let server = Self::spawn(&environment, &["serve", "--role", "api"], "serving");
        Self::wait_until_ready(&server.address);
        server
    }

    /// Starts a server that only delivers, and waits until those who watch it find it ready.
    pub(crate) fn start_worker(environment: &[(&str, &str)]) -> Self {
        let server = Self::spawn(environment, &["serve", "--role", "worker"], "working");
        Self::wait_until_ready(&server.metrics_address);
        server
    }

    /// Starts the server and waits until it logs `awaited`.
    pub(crate) fn spawn(environment: &[(&str, &str)], arguments: &[&str], awaited: &str) -> Self {
        let free_ports = [
            ("LISTEN_ADDR", "127.0.0.1:0"),
            ("METRICS_LISTEN_ADDR", "127.0.0.1:0"),
        ];
        let mut command = users_server(&[&free_ports, environment].concat());
        command.args(arguments).stdin(Stdio::null());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (log, printed) = (follow_stderr(&mut child), follow_stdout(&mut child));
        let addresses = wait_for(&log, awaited);
        let address = |message: &str| addresses.get(message).cloned().unwrap_or_default();
        Self {
            child,
            address: address("serving"),
            metrics_address: address("metrics are served"),
            log,
            printed,
        }
    }

    pub(crate) fn client(&self, key: &str) -> Client {
        Client::new(&self.address, key)
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Talks to the address of those who watch the server.
    pub(crate) fn watcher(&self) -> Client {
        Client::new(&self.metrics_address, "")
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// What the server printed on standard output so far, waiting for the first key where one is due.
    pub(crate) fn first_key(&self) -> String {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let line = self
                .printed
                .recv_timeout(deadline - Instant::now())
                .expect("a key is printed");
            if line.starts_with("sk_live_") {
                return line;
            }
        }
    }

    /// What was printed that nobody asked for yet.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.printed.try_iter().collect()
    }

    /// Waits until the log has a line with this text.
    pub(crate) fn wait_for_message(&self, text: &str) {
        let deadline = Instant::now() + STOP_LIMIT;
        loop {
            let line = self.log.recv_timeout(deadline - Instant::now());
            if line.expect("the log goes on").contains(text) {
                return;
            }
        }
    }

    /// Waits for the end of the process.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.wait_at_most(STOP_LIMIT)
    }

    /// The same; panics where it takes longer.
    pub(crate) fn wait_at_most(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        // The log closes when the process ends; what remains of the wait is for the kernel.
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.log.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("the server does not end in {limit:?}"),
            }
        }
    }

    /// Stops the server as an operator would.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        self.wait()
    }

    fn wait_until_ready(address: &str) {
        let client = Client::new(address, "");
        let deadline = Instant::now() + START_LIMIT;
        while client.get("/readyz").status != 200 {
            assert!(
                Instant::now() < deadline,
                "the server does not become ready"
            );
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the log up to a message; the addresses that stand beside messages until then.
fn wait_for(log: &Receiver<String>, awaited: &str) -> HashMap<String, String> {
    let deadline = Instant::now() + START_LIMIT;
    let (mut seen, mut addresses) = (Vec::new(), HashMap::new());
    loop {
        let Ok(line) = log.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
            panic!("the server is never {awaited:?}; its log: {seen:#?}");
        };
        if let Ok(entry) = serde_json::from_str::<Value>(&line)
            && let Some(message) = entry["message"].as_str()
        {
            let address = entry["address"].as_str();
            addresses.extend(address.map(|address| (message.to_owned(), address.to_owned())));
            if message == awaited {
                return addresses;
            }
        }
        seen.push(line);
    }
}

fn follow_stderr(child: &mut Child) -> Receiver<String> {
    follow::<ChildStderr>(child.stderr.take().unwrap())
}

fn follow_stdout(child: &mut Child) -> Receiver<String> {
    follow::<ChildStdout>(child.stdout.take().unwrap())
}

fn follow<R: std::io::Read + Send + 'static>(stream: R) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// A directory that is removed in the end, reachable for the user that a cluster runs as.
pub(crate) struct ScratchDir(PathBuf);

impl ScratchDir {
    pub(crate) fn new() -> Self {
        let mut random = [0; 8];
        std::fs::File::open("/dev/urandom")
            .unwrap()
            .read_exact(&mut random)
            .unwrap();
        let dir = PathBuf::from(format!(
            "/tmp/users-e2e-{:016x}",
            u64::from_be_bytes(random)
        ));
        std::fs::create_dir(&dir).unwrap();
        Self(dir)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn text(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
