//! Waits for other processes, always with a time limit: for the end of a command, or by polling a condition.

use std::{
    io::{self, Read},
    os::unix::process::CommandExt,
    process::{Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};

const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The maximum size of a command's retained output.
const OUTPUT_BYTES: u64 = 64 * 1024;
/// The maximum size of an output or log in an error text.
const TAIL_BYTES: usize = 2_000;

/// A finished command: its status, and its standard output and error in the order of writing.
pub(super) struct Finished {
    pub(super) status: ExitStatus,
    pub(super) output: String,
}

/// Runs a command to its end, or kills it and its child processes after `limit`.
///
/// # Errors
///
/// If it cannot be started, or [`io::ErrorKind::TimedOut`].
pub(super) fn run(command: &mut Command, limit: Duration) -> io::Result<Finished> {
    let (mut reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
    let mut child = command.spawn()?;
    // The command holds copies of the pipe's writing end; while they are open, the reader never reaches the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (sender, ended) = mpsc::channel();
    thread::spawn(move || {
        let mut output = Vec::new();
        // Lost output is no reason to fail; the part that was read is still sent.
        let _ = reader.by_ref().take(OUTPUT_BYTES).read_to_end(&mut output);
        let _ = io::copy(&mut reader, &mut io::sink());
        let _ = sender.send(String::from_utf8_lossy(&output).into_owned());
    });
    if let Ok(output) = ended.recv_timeout(limit) {
        return Ok(Finished { status: child.wait()?, output });
    }
    if let Ok(group) = i32::try_from(child.id()) {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    child.wait()?;
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        format!("did not end within {} s", limit.as_secs()),
    ))
}

/// Polls `poll` every few milliseconds until it returns a value, at most for `limit`.
#[expect(
    clippy::disallowed_methods,
    reason = "the state of a process that is not a child provides no event to wait for"
)]
pub(super) fn until<T>(limit: Duration, mut poll: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = poll() {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(POLL_INTERVAL);
    }
}

/// The end of a text, cut at a line where possible, on one line.
pub(super) fn tail(text: &str) -> String {
    let text = text.trim();
    let from = (text.len().saturating_sub(TAIL_BYTES)..=text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let end = text.get(from..).unwrap_or_default();
    let end = if from == 0 { end } else { end.split_once('\n').map_or(end, |(_, rest)| rest) };
    end.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests;
