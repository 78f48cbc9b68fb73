//! Waiting for other processes, always with a limit: to the end of a command, or for a condition that gives no event.

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

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(20);
/// How much of a command's output is kept.
const OUTPUT_BYTES: u64 = 64 * 1024;
/// How much of an output or log goes into an error text.
const TAIL_BYTES: usize = 2_000;

/// A finished command: its status, and standard output and error in the order they were written.
pub(super) struct Finished {
    pub(super) status: ExitStatus,
    pub(super) output: String,
}

/// Runs a command to its end, or kills it and all it started after `limit`.
///
/// # Errors
///
/// When it cannot be started, or with [`io::ErrorKind::TimedOut`].
pub(super) fn run(command: &mut Command, limit: Duration) -> io::Result<Finished> {
    let (mut reader, writer) = io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .process_group(0);
    let mut child = command.spawn()?;
    // The command holds copies of the pipe's writing end; with them open the reader never sees the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (sender, ended) = mpsc::channel();
    thread::spawn(move || {
        let mut kept = Vec::new();
        // A lost output is no reason to fail; what was read up to there is still sent.
        let _ = reader.by_ref().take(OUTPUT_BYTES).read_to_end(&mut kept);
        let _ = io::copy(&mut reader, &mut io::sink());
        let _ = sender.send(String::from_utf8_lossy(&kept).into_owned());
    });
    if let Ok(output) = ended.recv_timeout(limit) {
        return Ok(Finished {
            status: child.wait()?,
            output,
        });
    }
    if let Ok(group) = i32::try_from(child.id()) {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
    child.wait()?;
    Err(io::Error::new(
        io::ErrorKind::TimedOut,
        format!("no end after {} s", limit.as_secs()),
    ))
}

/// Looks every few milliseconds until `look` answers, at most for `limit`.
#[expect(
    clippy::disallowed_methods,
    reason = "the state of a process that is no child gives no event to wait for"
)]
pub(super) fn until<T>(limit: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = look() {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
        thread::sleep(STEP);
    }
}

/// The end of a text, cut at a line where possible, on one line.
pub(super) fn tail(text: &str) -> String {
    let text = text.trim();
    let from = (text.len().saturating_sub(TAIL_BYTES)..=text.len())
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let end = text.get(from..).unwrap_or_default();
    let end = if from == 0 {
        end
    } else {
        end.split_once('\n').map_or(end, |(_, rest)| rest)
    };
    end.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_and_status_of_a_command_are_kept() {
        let finished = run(
            Command::new("sh").args(["-c", "echo one; echo two >&2; exit 3"]),
            Duration::from_secs(10),
        )
        .unwrap();
        assert_eq!(
            (finished.status.code(), finished.output.as_str()),
            (Some(3), "one\ntwo\n")
        );
    }

    #[test]
    fn a_command_and_its_children_are_killed_at_the_limit() {
        let error = run(
            Command::new("sh").args(["-c", "sleep 600 & wait"]),
            Duration::from_millis(50),
        )
        .err()
        .unwrap();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn the_tail_is_one_line_and_starts_at_a_line() {
        assert_eq!(tail("a\n\n  b\n"), "a | b");
        let long = format!("{}\nlast", "é".repeat(TAIL_BYTES));
        assert_eq!(tail(&long), "last");
    }
}
