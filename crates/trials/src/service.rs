//! Processes of `users-server`.

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use adapter_postgres::embedded::DatabaseUrls;
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
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(10);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Answers requests and delivers webhooks.
    All,
    /// Answers requests.
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

/// How processes are started.
#[derive(Debug, Clone)]
pub struct Settings {
    program: PathBuf,
    log_dir: PathBuf,
    environment: Vec<(String, String)>,
}

impl Settings {
    /// On this database, with the service's own defaults but for what a trial on one machine needs.
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

    /// With this environment variable too.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where logs go.
    #[must_use]
    pub fn log_dir(&self) -> &Path {
        &self.log_dir
    }

    /// The program with all of this, and without arguments.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command of `users-server` and gives the first line of its answer. Blocks.
    ///
    /// # Errors
    /// When it fails.
    pub fn run(&self, arguments: &[&str]) -> Result<String, Error> {
        let output = self.command().args(arguments).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let answer = String::from_utf8(output.stdout)?;
        Ok(answer.lines().next().unwrap_or_default().to_owned())
    }
}

/// One process; killed when dropped.
#[derive(Debug)]
pub struct Service {
    child: Child,
    pid: Pid,
    serving: Arc<Mutex<Serving>>,
}

/// What a process told of itself.
#[derive(Debug, Clone, Copy, Default)]
struct Serving {
    /// Where it serves, and since when.
    requests: Option<(SocketAddr, Instant)>,
    /// Where its metrics are.
    metrics: Option<SocketAddr>,
}

impl Service {
    /// Starts a process and returns before it serves.
    ///
    /// # Errors
    /// When it cannot be run.
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
        Ok(Self {
            child,
            pid,
            serving,
        })
    }

    /// Starts a process and waits until it serves.
    ///
    /// # Errors
    /// When it ends or does not serve in time.
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
            sleep(LOOK_AGAIN_AFTER).await;
        }
        Ok(service)
    }

    /// Where it serves, once it does.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.serving().requests.map(|(address, _)| address)
    }

    /// Where its metrics are, if they are anywhere.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.serving().metrics
    }

    /// How long it has served.
    #[must_use]
    pub fn serves_for(&self) -> Option<Duration> {
        self.serving().requests.map(|(_, since)| since.elapsed())
    }

    fn serving(&self) -> Serving {
        *self.serving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its process id.
    #[must_use]
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Sends a signal, unless it has ended.
    ///
    /// # Errors
    /// When the process is not ours.
    pub fn signal(&mut self, signal: Signal) -> Result<(), Error> {
        if self.ended().is_none() {
            kill(self.pid, signal)?;
        }
        Ok(())
    }

    /// Kills it and waits for its end.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(&mut self) -> Result<(), Error> {
        self.signal(Signal::SIGKILL)?;
        self.child.wait().await?;
        Ok(())
    }

    /// Stops it as an operator would. Answers whether it ended well and in time.
    ///
    /// # Errors
    /// When it cannot be signalled.
    pub async fn stop(mut self) -> Result<bool, Error> {
        self.signal(Signal::SIGTERM)?;
        let ended = timeout(STOP_LIMIT, self.child.wait()).await;
        Ok(matches!(ended, Ok(Ok(status)) if status.success()))
    }
}

/// Keeps the log, and finds in it where the process serves.
async fn follow(log: ChildStderr, file: PathBuf, serving: Arc<Mutex<Serving>>) {
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .ok();
    let mut lines = BufReader::new(log).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(file) = &mut file {
            // The log is for a look afterwards; without it the trial is the same.
            let _ = writeln!(file, "{line}");
        }
        let told = told_in(&line);
        let mut serving = serving.lock().unwrap_or_else(PoisonError::into_inner);
        match told {
            Some(Told::Requests(address)) => serving.requests = Some((address, Instant::now())),
            Some(Told::Metrics(address)) => serving.metrics = Some(address),
            None => {}
        }
    }
}

/// What is served, and where.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Requests(SocketAddr),
    Metrics(SocketAddr),
}

/// What the line says is served; a worker serves nobody, and says so.
fn told_in(line: &str) -> Option<Told> {
    let entry: Value = serde_json::from_str(line).ok()?;
    let told = match entry["message"].as_str()? {
        "serving" | "working" => Told::Requests,
        "metrics are served" => Told::Metrics,
        _ => return None,
    };
    let address = entry["address"].as_str().unwrap_or("127.0.0.1:0");
    address.parse().ok().map(told)
}

/// The `users-server` beside this program, built anew where cargo runs this program. Blocks.
///
/// # Errors
/// When it cannot be built, or is not there.
pub fn users_server() -> Result<PathBuf, Error> {
    let own = env::current_exe()?;
    let dir = own.parent().ok_or("this program is nowhere")?;
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
    command.args([
        "build",
        "--locked",
        "--quiet",
        "--package=server",
        "--bin=users-server",
    ]);
    if release {
        command.arg("--release");
    }
    let status = command
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err("users-server cannot be built".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_the_log() {
        let line = r#"{"level":"INFO","message":"serving","address":"127.0.0.1:4711"}"#;
        let address = "127.0.0.1:4711".parse().unwrap();
        assert_eq!(told_in(line), Some(Told::Requests(address)));
        let metrics = line.replace("serving", "metrics are served");
        assert_eq!(told_in(&metrics), Some(Told::Metrics(address)));
        assert_eq!(told_in(&line.replace("serving", "stopping")), None);
        assert_eq!(told_in("no JSON"), None);
    }
}
