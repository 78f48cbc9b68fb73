//! Memory and duration of processes (Linux).

use std::fs::{self, File};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use nix::unistd::Pid;
use tokio::time::{Instant, interval, timeout};

use crate::Error;

const KIBIBYTE: u64 = 1024;
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resident {
    /// Current resident memory.
    pub(crate) now: u64,
    /// Current resident memory without pages of files.
    pub(crate) anonymous: u64,
    /// Peak so far.
    pub(crate) most: u64,
}

/// Reads the memory of a process.
///
/// # Errors
/// If the process or `/proc` does not exist.
pub(crate) fn resident(pid: Pid) -> Result<Resident, Error> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        number.map(|kibibytes| kibibytes * KIBIBYTE)
    };
    Ok(Resident {
        now: bytes("VmRSS:").ok_or("no VmRSS")?,
        anonymous: bytes("RssAnon:").ok_or("no RssAnon")?,
        most: bytes("VmHWM:").ok_or("no VmHWM")?,
    })
}

/// Outcome of a watched process.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    /// Exit status.
    pub(super) status: ExitStatus,
    /// Run time.
    pub(super) duration: Duration,
    /// Peak memory in bytes, sampled; the last moments may be missed.
    pub(super) most: u64,
}

/// Runs a command until it ends, writes its output to files and samples its memory.
///
/// # Errors
/// If it cannot be started, or is killed after `limit`.
pub(super) async fn watched(
    command: Command,
    output: File,
    log: File,
    limit: Duration,
) -> Result<Ended, Error> {
    let started = Instant::now();
    let mut command = tokio::process::Command::from(command);
    command.stdout(output).stderr(log).kill_on_drop(true);
    let mut child = command.spawn()?;
    let pid = Pid::from_raw(i32::try_from(child.id().ok_or("the process has ended")?)?);
    let mut most = 0;
    let mut look = interval(POLL_INTERVAL);
    let end = async {
        loop {
            tokio::select! {
                status = child.wait() => break status,
                // A process that has ended has no memory.
                _ = look.tick() => most = resident(pid).map_or(most, |found| found.most.max(most)),
            }
        }
    };
    let status = timeout(limit, end).await??;
    let duration = started.elapsed();
    Ok(Ended { status, duration, most })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory() {
        let found = resident(Pid::this()).unwrap();
        assert!(found.now > 1_000_000 && found.most >= found.now, "{found:?}");
    }

    #[tokio::test]
    async fn a_process_is_watched_until_it_ends() {
        let null = || File::create("/dev/null").unwrap();
        let command = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let limit = Duration::from_mins(1);
        let ended = watched(command("exit 3"), null(), null(), limit);
        let ended = ended.await.unwrap();
        assert_eq!(ended.status.code(), Some(3));
        assert!(ended.duration < limit);
        let endless = command("while :; do :; done");
        let killed = watched(endless, null(), null(), Duration::from_millis(50));
        assert!(killed.await.is_err());
    }
}
