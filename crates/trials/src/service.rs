//! Processes of `users-server`.

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use embedded_postgres::DatabaseUrls;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr};
use tokio::time::{Instant, sleep, timeout};

use crate::Error;

/// The key that trials use: an OWNER of the default application.
pub const API_KEY: &str = "sk_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const SECRET_KEY: &str = "aIfqc3Y4WNp+4c3UqpFpWWoXM7xV0LVXwhLmESShg2A=";
const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(40);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The `--role` of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Serves requests and delivers webhooks.
    All,
    /// Serves requests.
    Api,
    /// Delivers webhooks.
    Worker,
}

impl Role {
    const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Api => "api",
            Self::Worker => "worker",
        }
    }
}

/// The program, log directory and environment that processes are started with.
#[derive(Debug, Clone)]
pub struct Settings {
    program: PathBuf,
    log_dir: PathBuf,
    environment: Vec<(String, String)>,
}

impl Settings {
    /// Uses the given database and the service's defaults, except for values that a trial on one machine needs.
    #[must_use]
    pub fn new(program: &Path, urls: &DatabaseUrls, log_dir: &Path) -> Self {
        let settings = Self {
            program: program.to_owned(),
            log_dir: log_dir.to_owned(),
            environment: Vec::new(),
        };
        settings
            .with("DATABASE_URL", &urls.runtime)
            .with("MIGRATION_DATABASE_URL", &urls.owner)
            .with("SECRET_KEY", SECRET_KEY)
            .with("BOOTSTRAP_API_KEY", API_KEY)
            .with("LISTEN_ADDR", "127.0.0.1:0")
            .with("METRICS_LISTEN_ADDR", "")
            .with("WEBHOOK_ALLOW_HTTP", "true")
            .with("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8")
            .with("LOG_FORMAT", "json")
            .with("SHUTDOWN_DRAIN_SECONDS", "0")
            .with("RATE_LIMIT_GET_PER_MINUTE", "0")
            .with("RATE_LIMIT_WRITE_PER_MINUTE", "0")
            .with("RATE_LIMIT_SERVICE_PER_MINUTE", "0")
            .with("RATE_LIMIT_UNAUTHENTICATED_PER_MINUTE", "0")
            .with("RATE_LIMIT_PUBLIC_PER_MINUTE", "0")
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The directory of the logs.
    #[must_use]
    pub fn log_dir(&self) -> &Path {
        &self.log_dir
    }

    /// Returns the command with its environment and without arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command of `users-server` and returns the first line of its output. Blocks.
    ///
    /// # Errors
    /// If the command fails.
    pub fn run(&self, arguments: &[&str]) -> Result<String, Error> {
        let output = self.command().args(arguments).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let answer = String::from_utf8(output.stdout)?;
        Ok(answer.lines().next().unwrap_or_default().to_owned())
    }
}

/// One server process; killed when dropped.
#[derive(Debug)]
pub struct Service {
    child: Child,
    pid: Pid,
    serving: Arc<Mutex<Serving>>,
}

/// Addresses that a process has logged.
#[derive(Debug, Clone, Copy, Default)]
struct Serving {
    /// Address of the API, and since when it is served.
    requests: Option<(SocketAddr, Instant)>,
    /// Address of the metrics.
    metrics: Option<SocketAddr>,
}

impl Service {
    /// Starts a process and returns before it serves.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn spawn(settings: &Settings, role: Role, name: &str) -> Result<Self, Error> {
        let mut command = tokio::process::Command::from(settings.command());
        command
            .args(["serve", "--role", role.word()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id().ok_or("the process has ended")?)?);
        let serving = Arc::default();
        if let Some(log) = child.stderr.take() {
            let file = settings.log_dir.join(format!("{name}.log"));
            tokio::spawn(follow(log, file, Arc::clone(&serving)));
        }
        Ok(Self { child, pid, serving })
    }

    /// Starts a process and waits until it serves.
    ///
    /// # Errors
    /// If it ends or does not serve in time.
    pub async fn start(settings: &Settings, role: Role, name: &str) -> Result<Self, Error> {
        let mut service = Self::spawn(settings, role, name)?;
        let deadline = Instant::now() + START_LIMIT;
        while service.address().is_none() {
            if let Some(status) = service.ended() {
                return Err(format!("{name} ended: {status}; see its log").into());
            }
            if Instant::now() > deadline {
                return Err(format!("{name} does not serve").into());
            }
            sleep(POLL_INTERVAL).await;
        }
        Ok(service)
    }

    /// Address of the API, once it is served.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.serving().requests.map(|(address, _)| address)
    }

    /// Address of the metrics, if they are served.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.serving().metrics
    }

    /// Time since the API is served.
    #[must_use]
    pub fn serves_for(&self) -> Option<Duration> {
        self.serving().requests.map(|(_, since)| since.elapsed())
    }

    fn serving(&self) -> Serving {
        *self.serving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The process id.
    #[must_use]
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// Exit status, if the process has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends a signal, unless the process has ended.
    ///
    /// # Errors
    /// If the signal is not permitted.
    pub fn signal(&mut self, signal: Signal) -> Result<(), Error> {
        if self.ended().is_none() {
            kill(self.pid, signal)?;
        }
        Ok(())
    }

    /// Kills it and waits for its end.
    ///
    /// # Errors
    /// If it cannot be killed.
    pub async fn kill(&mut self) -> Result<(), Error> {
        self.signal(Signal::SIGKILL)?;
        self.child.wait().await?;
        Ok(())
    }

    /// Stops the process with SIGTERM. Returns whether it exited successfully and in time.
    ///
    /// # Errors
    /// If it cannot be signalled.
    pub async fn stop(mut self) -> Result<bool, Error> {
        self.signal(Signal::SIGTERM)?;
        let ended = timeout(STOP_LIMIT, self.child.wait()).await;
        Ok(matches!(ended, Ok(Ok(status)) if status.success()))
    }
}

/// Copies the log to a file and records the addresses it contains.
async fn follow(log: ChildStderr, file: PathBuf, serving: Arc<Mutex<Serving>>) {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).ok();
    let mut lines = BufReader::new(log).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(file) = &mut file {
            // The file is for diagnosis only; the trial does not depend on it.
            let _ = writeln!(file, "{line}");
        }
        let served = served_in(&line);
        let mut serving = serving.lock().unwrap_or_else(PoisonError::into_inner);
        match served {
            Some(Served::Requests(address)) => serving.requests = Some((address, Instant::now())),
            Some(Served::Metrics(address)) => serving.metrics = Some(address),
            None => {}
        }
    }
}

/// An address that a log line announces.
#[derive(Debug, PartialEq, Eq)]
enum Served {
    Requests(SocketAddr),
    Metrics(SocketAddr),
}

/// Parses a log line. A worker logs no address and gets a placeholder.
fn served_in(line: &str) -> Option<Served> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let served = match entry["message"].as_str()? {
        "serving" | "working" => Served::Requests,
        "metrics are served" => Served::Metrics,
        _ => return None,
    };
    let address = entry["address"].as_str().unwrap_or("127.0.0.1:0");
    address.parse().ok().map(served)
}

/// Returns the path of the `users-server` next to this program; builds it first when run by cargo. Blocks.
///
/// # Errors
/// If it cannot be built or does not exist.
pub fn users_server() -> Result<PathBuf, Error> {
    let own = env::current_exe()?;
    let dir = own.parent().ok_or("this program has no parent directory")?;
    if let Some(cargo) = env::var_os("CARGO") {
        build(cargo, dir.ends_with("release"))?;
    }
    let program = dir.join("users-server");
    if program.is_file() {
        Ok(program)
    } else {
        let missing = format!("there is no {}: cargo build -p server", program.display());
        Err(missing.into())
    }
}

fn build(cargo: OsString, release: bool) -> Result<(), Error> {
    let mut command = Command::new(cargo);
    command.args(["build", "--locked", "--quiet", "--package=server", "--bin=users-server"]);
    if release {
        command.arg("--release");
    }
    let status = command.current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err("users-server cannot be built".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_the_log() {
        let line = r#"{"level":"INFO","message":"serving","address":"127.0.0.1:4711"}"#;
        let address = "127.0.0.1:4711".parse().unwrap();
        assert_eq!(served_in(line), Some(Served::Requests(address)));
        let metrics = line.replace("serving", "metrics are served");
        assert_eq!(served_in(&metrics), Some(Served::Metrics(address)));
        assert_eq!(served_in(&line.replace("serving", "stopping")), None);
        assert_eq!(served_in("no JSON"), None);
    }
}
