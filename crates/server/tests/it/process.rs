//! Runs server processes, each with its own environment.

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

/// Disables rate limits for tests of other features.
const NO_LIMITS: [(&str, &str); 5] = [
    ("RATE_LIMIT_GET_PER_MINUTE", "0"),
    ("RATE_LIMIT_WRITE_PER_MINUTE", "0"),
    ("RATE_LIMIT_SERVICE_PER_MINUTE", "0"),
    ("RATE_LIMIT_UNAUTHENTICATED_PER_MINUTE", "0"),
    ("RATE_LIMIT_PUBLIC_PER_MINUTE", "0"),
];

/// Adds the environment to [`NO_LIMITS`].
fn unlimited<'a>(environment: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&NO_LIMITS, environment].concat()
}

/// Returns a `users-server` command with only this environment.
pub(crate) fn users_server(environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_users-server"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
        .env("LOG_FORMAT", "json")
        // No load balancer has to notice the stop.
        .env("SHUTDOWN_DRAIN_SECONDS", "0")
        .envs(environment.iter().copied());
    command
}

/// Runs a `users-server` command until it ends.
pub(crate) fn run(environment: &[(&str, &str)], arguments: &[&str]) -> Output {
    users_server(environment).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Returns an output that rejects writes like a full disk.
pub(crate) fn full() -> Stdio {
    let device = std::fs::File::options().write(true).open("/dev/full");
    device.unwrap().into()
}

/// Starts a server that must fail to start, and returns its log; panics if it does not end.
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

/// Returns the output lines of a command; panics if it failed.
pub(crate) fn lines(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect()
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
    /// Starts the server on a free port and waits until it is ready. Limits apply only if the environment sets them.
    pub(crate) fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_with_default_limits(&unlimited(environment))
    }

    /// As [`Server::start`], with the service's default limits.
    pub(crate) fn start_with_default_limits(environment: &[(&str, &str)]) -> Self {
        let server = Self::spawn(environment, &["serve"], "serving");
        Self::wait_until_ready(&server.address);
        server
    }

    /// As [`Server::start`], for a server that only serves requests.
    pub(crate) fn start_api(environment: &[(&str, &str)]) -> Self {
        let environment = unlimited(environment);
        let server = Self::spawn(&environment, &["serve", "--role", "api"], "serving");
        Self::wait_until_ready(&server.address);
        server
    }

    /// Starts a server that only delivers, and waits until its monitoring address reports it as ready.
    pub(crate) fn start_worker(environment: &[(&str, &str)]) -> Self {
        let server = Self::spawn(environment, &["serve", "--role", "worker"], "working");
        Self::wait_until_ready(&server.metrics_address);
        server
    }

    /// Starts the server and waits until it logs `awaited`.
    pub(crate) fn spawn(environment: &[(&str, &str)], arguments: &[&str], awaited: &str) -> Self {
        let free_ports = [("LISTEN_ADDR", "127.0.0.1:0"), ("METRICS_LISTEN_ADDR", "127.0.0.1:0")];
        let mut command = users_server(&[&free_ports, environment].concat());
        command.args(arguments).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
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

    /// Returns a client of the monitoring address.
    pub(crate) fn watcher(&self) -> Client {
        Client::new(&self.metrics_address, "")
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// Waits for the first key on standard output.
    pub(crate) fn first_key(&self) -> String {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            let line =
                self.printed.recv_timeout(deadline - Instant::now()).expect("a key is printed");
            if line.starts_with("sk_live_") {
                return line;
            }
        }
    }

    /// Returns the printed lines that were not yet read.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.printed.try_iter().collect()
    }

    /// Waits until the log has a line with this text.
    pub(crate) fn wait_for_message(&self, text: &str) {
        let deadline = Instant::now() + STOP_LIMIT;
        loop {
            let line = self.log.recv_timeout(deadline - Instant::now());
            if line.expect("the log continues").contains(text) {
                return;
            }
        }
    }

    /// Waits for the end of the process.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.wait_at_most(STOP_LIMIT)
    }

    /// Waits for the end of the process; panics after `limit`.
    pub(crate) fn wait_at_most(&mut self, limit: Duration) -> ExitStatus {
        let deadline = Instant::now() + limit;
        // The log closes when the process ends; after that, the kernel reports the status.
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
            assert!(Instant::now() < deadline, "the server does not become ready");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the log up to a message, and returns the addresses in the lines until then, by message.
fn wait_for(log: &Receiver<String>, awaited: &str) -> HashMap<String, String> {
    let deadline = Instant::now() + START_LIMIT;
    let (mut seen, mut addresses) = (Vec::new(), HashMap::new());
    loop {
        let Ok(line) = log.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
            panic!("the server never logs {awaited:?}; its log: {seen:#?}");
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

/// A directory that is removed when dropped, accessible to the user that runs a cluster.
pub(crate) struct ScratchDir(PathBuf);

impl ScratchDir {
    pub(crate) fn new() -> Self {
        let mut random = [0; 8];
        std::fs::File::open("/dev/urandom").unwrap().read_exact(&mut random).unwrap();
        let dir = PathBuf::from(format!("/tmp/users-e2e-{:016x}", u64::from_be_bytes(random)));
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
