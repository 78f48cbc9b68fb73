//! The server process: starts it as a child in its own process group, waits until it is ready, and stops it with time
//! limits.

use std::{
    fs, io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{Account, EmbeddedError, log, wait};

/// Recovery after a crash can take this long on a slow disk.
const READY_LIMIT: Duration = Duration::from_mins(5);
/// Sessions of a killed server end within milliseconds, but a long statement keeps the shared memory until it ends.
const ORPHANS_LIMIT: Duration = Duration::from_secs(30);
/// Fast shutdown ends sessions and writes a checkpoint.
pub(super) const FAST_LIMIT: Duration = Duration::from_secs(30);
/// Immediate shutdown and kill leave recovery to the next start.
const HARDER_LIMIT: Duration = Duration::from_secs(5);

pub(super) struct Launch<'a> {
    pub(super) account: &'a Account,
    pub(super) program: PathBuf,
    pub(super) cluster: PathBuf,
    pub(super) log: PathBuf,
    pub(super) settings: Vec<(String, String)>,
}

#[derive(Debug)]
pub(super) struct Postmaster {
    child: Child,
    cluster: PathBuf,
    stopped: bool,
}

impl Postmaster {
    /// Starts the server. Calls `started` with its process id immediately, before it is ready.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::StartFailed`] or [`EmbeddedError::StartTimeout`], with the log; no process keeps running then.
    pub(super) fn start(
        launch: &Launch<'_>,
        mut started: impl FnMut(u32) -> Result<(), EmbeddedError>,
    ) -> Result<Self, EmbeddedError> {
        let deadline = Instant::now() + ORPHANS_LIMIT;
        loop {
            let log_bytes = fs::metadata(&launch.log).map_or(0, |metadata| metadata.len());
            let mut server = Self::spawn(launch)?;
            started(server.child.id())?;
            match server.await_ready(launch, log_bytes) {
                Ok(()) => return Ok(server),
                Err(EmbeddedError::StartFailed(log))
                    if log.contains("still in use") && Instant::now() < deadline => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn spawn(launch: &Launch<'_>) -> Result<Self, EmbeddedError> {
        let log = log::open(&launch.log).map_err(EmbeddedError::io("open", &launch.log))?;
        let error_log = log.try_clone().map_err(EmbeddedError::io("open", &launch.log))?;
        let mut command = launch.account.command(&launch.program);
        command.arg("-D").arg(&launch.cluster);
        for (name, value) in &launch.settings {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.process_group(0).stdin(Stdio::null()).stdout(log).stderr(error_log);
        let child = command.spawn().map_err(EmbeddedError::io("start", &launch.program))?;
        Ok(Self { child, cluster: launch.cluster.clone(), stopped: false })
    }

    fn await_ready(&mut self, launch: &Launch<'_>, log_bytes: u64) -> Result<(), EmbeddedError> {
        enum Seen {
            Ready,
            Ended,
        }
        let seen = wait::until(READY_LIMIT, || match self.child.try_wait() {
            Ok(None) => PidFile::read(&self.cluster)
                .filter(|file| file.ready && file.pid == self.child.id())
                .map(|_| Seen::Ready),
            _ => Some(Seen::Ended),
        });
        let log = || wait::tail(&log::since(&launch.log, log_bytes));
        match seen {
            Some(Seen::Ready) => Ok(()),
            Some(Seen::Ended) => {
                self.stopped = true;
                Err(EmbeddedError::StartFailed(log()))
            }
            None => {
                self.stop()?;
                Err(EmbeddedError::StartTimeout { limit: READY_LIMIT, log: log() })
            }
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether the server ended without a call of [`Postmaster::stop`].
    pub(super) fn has_ended(&mut self) -> bool {
        !self.stopped && !matches!(self.child.try_wait(), Ok(None))
    }

    /// Stops the server with increasingly forceful signals. A second call does nothing.
    pub(super) fn stop(&mut self) -> Result<(), EmbeddedError> {
        self.stop_within(FAST_LIMIT)
    }

    pub(super) fn stop_within(&mut self, fast: Duration) -> Result<(), EmbeddedError> {
        if self.stopped {
            return Ok(());
        }
        let pid = self.child.id();
        let has_ended = stop_by_steps(pid, fast, || !matches!(self.child.try_wait(), Ok(None)));
        self.stopped = has_ended;
        if has_ended {
            Ok(())
        } else {
            Err(EmbeddedError::WillNotStop { pid, cluster: self.cluster.clone() })
        }
    }
}

impl Drop for Postmaster {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(%error, "the embedded PostgreSQL could not be stopped");
        }
    }
}

/// Sends signals to a server until `has_ended` returns true. Returns whether the server ended.
pub(super) fn stop_by_steps(pid: u32, fast: Duration, mut has_ended: impl FnMut() -> bool) -> bool {
    let Ok(target) = i32::try_from(pid) else {
        return false;
    };
    let steps =
        [(Signal::SIGINT, fast), (Signal::SIGQUIT, HARDER_LIMIT), (Signal::SIGKILL, HARDER_LIMIT)];
    steps.into_iter().any(|(signal, limit)| {
        // Signalling a process that has already ended fails; `has_ended` detects it.
        let _ = kill(Pid::from_raw(target), signal);
        wait::until(limit, || has_ended().then_some(())).is_some()
    })
}

/// The relevant fields of `postmaster.pid`.
pub(super) struct PidFile {
    pub(super) pid: u32,
    pub(super) ready: bool,
}

impl PidFile {
    /// `None` if the file is missing or does not (yet) contain a process id.
    pub(super) fn read(cluster: &Path) -> Option<Self> {
        let text = fs::read_to_string(path_of(cluster)).ok()?;
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        // Line 8 is the status.
        let ready = lines.nth(6).is_some_and(|status| status.trim() == "ready");
        Some(Self { pid, ready })
    }

    pub(super) fn remove(cluster: &Path) -> Result<(), EmbeddedError> {
        let path = path_of(cluster);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(EmbeddedError::Io { action: "remove", path, source })
            }
            _ => Ok(()),
        }
    }
}

fn path_of(cluster: &Path) -> PathBuf {
    cluster.join("postmaster.pid")
}

/// Whether a process of this id exists.
pub(super) fn exists(pid: u32) -> bool {
    i32::try_from(pid).is_ok_and(|pid| kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH))
}
