//! The buffer of log lines for standard error. Owns its size and its writer thread; must never make a caller wait for
//! the reader of the log.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;

/// Maximum memory of waiting lines; the writer may hold the same amount in addition.
const CAPACITY_BYTES: usize = 1024 * 1024;

/// Lines that are logged within this time after a write share the next write.
const PAUSE: Duration = Duration::from_millis(10);

/// Lines that wait for the writer. If there is no room, a line is dropped and counted.
#[derive(Default)]
pub(super) struct Lines {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    dropped_ever: Counter,
    /// The writer thread; its own lines (the report) are never dropped.
    writer: OnceLock<ThreadId>,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Lines dropped since the last report.
    dropped: u64,
    /// Whether lines that were taken are not yet written.
    writing: bool,
}

impl Lines {
    /// Returns the counter of lines dropped since the process started.
    pub(super) fn dropped_ever(&self) -> Counter {
        self.dropped_ever.clone()
    }

    /// Starts a thread that writes all lines to `out`. It calls `report` with the number of dropped lines when lines
    /// can be written again.
    ///
    /// # Errors
    /// If the operating system provides no thread.
    pub(super) fn write_to(
        self: &Arc<Self>,
        out: impl Write + Send + 'static,
        report: impl Fn(u64) + Send + 'static,
    ) -> io::Result<()> {
        let lines = Arc::clone(self);
        let writer = thread::Builder::new().name("log".to_owned());
        let writing = move || lines.write_for_ever(out, report);
        writer.spawn(writing).map(drop)
    }

    /// Waits at most `at_most` until all lines are written. Returns whether they are.
    pub(super) fn flush(&self, at_most: Duration) -> bool {
        let pending = |waiting: &mut Waiting| waiting.writing || !waiting.bytes.is_empty();
        let (_waiting, result) = self
            .changed
            .wait_timeout_while(self.waiting(), at_most, pending)
            .unwrap_or_else(PoisonError::into_inner);
        !result.timed_out()
    }

    fn write_for_ever(&self, mut out: impl Write, report: impl Fn(u64)) {
        let _first = self.writer.set(thread::current().id());
        let mut taken = Vec::new();
        // Whether the last write ended within a line whose rest could not be written.
        let mut torn = false;
        loop {
            let dropped = self.take(&mut taken);
            if torn {
                torn = !write(&mut out, b"\n").is_empty();
            }
            let left = if torn {
                taken.as_slice()
            } else {
                write(&mut out, &taken)
            };
            if left.is_empty() {
                if dropped > 0 {
                    report(dropped);
                }
            } else {
                let written = taken.len() - left.len();
                torn |= written > 0 && taken.get(written - 1) != Some(&b'\n');
                self.not_written(left, dropped);
            }
            taken.clear();
            self.waiting().writing = false;
            self.changed.notify_all();
            #[expect(clippy::disallowed_methods, reason = "lines gather meanwhile")]
            thread::sleep(PAUSE);
        }
    }

    /// Waits for lines and exchanges them for an empty buffer. Returns how many lines were dropped since the last
    /// report.
    fn take(&self, taken: &mut Vec<u8>) -> u64 {
        let mut waiting = self
            .changed
            .wait_while(self.waiting(), |waiting| waiting.bytes.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut waiting.bytes, taken);
        waiting.writing = true;
        mem::take(&mut waiting.dropped)
    }

    fn not_written(&self, left: &[u8], dropped: u64) {
        let lines = left.split_inclusive(|byte| *byte == b'\n').count();
        let mut waiting = self.waiting();
        waiting.dropped = waiting.dropped.saturating_add(dropped);
        self.drop_lines(&mut waiting, u64::try_from(lines).unwrap_or(u64::MAX));
    }

    fn drop_lines(&self, waiting: &mut Waiting, lines: u64) {
        waiting.dropped = waiting.dropped.saturating_add(lines);
        self.dropped_ever.inc_by(lines);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes until an error, and returns the bytes that were not written. Waits while the output has no room.
fn write<'a>(out: &mut impl Write, bytes: &'a [u8]) -> &'a [u8] {
    let mut left = bytes;
    while !left.is_empty() {
        match out.write(left) {
            Ok(0) => break,
            Ok(written) => left = left.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "standard error does not report when it has room"
                )]
                thread::sleep(PAUSE);
            }
            Err(_) => break,
        }
    }
    left
}

/// The subscriber calls `write` once per line.
impl Write for &Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.waiting();
        let is_full = waiting.bytes.len() + line.len() > CAPACITY_BYTES;
        if is_full && self.writer.get() != Some(&thread::current().id()) {
            self.drop_lines(&mut waiting, 1);
        } else {
            let is_first = waiting.bytes.is_empty();
            waiting.bytes.extend_from_slice(line);
            if is_first {
                self.changed.notify_all();
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const LONG: Duration = Duration::from_mins(1);
    const ALL: io::Result<usize> = Ok(usize::MAX);

    /// Passes each write to the reader, and waits for the reader's result.
    struct Pipe {
        written: Sender<Vec<u8>>,
        outcomes: Receiver<io::Result<usize>>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let closed = || io::Error::other("closed");
            self.written.send(bytes.to_vec()).map_err(|_| closed())?;
            self.outcomes
                .recv()
                .map_err(|_| closed())?
                .map(|most| most.min(bytes.len()))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Log {
        lines: Arc<Lines>,
        written: Receiver<Vec<u8>>,
        outcomes: Sender<io::Result<usize>>,
        reports: Receiver<u64>,
    }

    fn log() -> Log {
        log_of(Arc::default(), |_| {})
    }

    fn log_of(lines: Arc<Lines>, also: impl Fn(u64) + Send + 'static) -> Log {
        let ((written, read), (outcomes, outcome), (reporting, reports)) =
            (channel(), channel(), channel());
        let pipe = Pipe {
            written,
            outcomes: outcome,
        };
        let report = move |dropped| {
            also(dropped);
            reporting.send(dropped).unwrap();
        };
        lines.write_to(pipe, report).unwrap();
        Log {
            lines,
            written: read,
            outcomes,
            reports,
        }
    }

    impl Log {
        fn line(&self, text: &[u8]) {
            (&*self.lines).write_all(text).unwrap();
        }

        /// Receives the next write and ends it with `outcome`.
        fn read(&self, outcome: io::Result<usize>) -> Vec<u8> {
            let written = self.written.recv_timeout(LONG).unwrap();
            self.outcomes.send(outcome).unwrap();
            written
        }
    }

    #[test]
    fn unread_lines_are_dropped_whole_and_reported() {
        let log = log();
        log.line(b"first\n");
        let first = log.written.recv_timeout(LONG).unwrap();
        assert_eq!(first, b"first\n");
        // The writer now waits for its reader.
        let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
        let (room, more) = (CAPACITY_BYTES / line.len(), 7);
        for _ in 0..room + more {
            log.line(&line);
        }
        assert_eq!(log.lines.dropped_ever().get(), more as u64);
        assert!(!log.lines.flush(Duration::from_millis(1)));

        log.outcomes.send(ALL).unwrap();
        let all_at_once = log.read(ALL);
        assert_eq!(all_at_once, line.repeat(room));
        assert_eq!(log.reports.recv_timeout(LONG).unwrap(), more as u64);
        assert!(log.lines.flush(LONG));
    }

    #[test]
    fn failed_writes_count_as_dropped_and_are_reported_later() {
        let log = log();
        log.line(b"a\n");
        log.read(Err(io::ErrorKind::BrokenPipe.into()));
        assert!(log.lines.flush(LONG));
        assert_eq!(log.lines.dropped_ever().get(), 1);
        log.line(b"b\n");
        assert_eq!(log.read(ALL), b"b\n");
        assert_eq!(log.reports.recv_timeout(LONG).unwrap(), 1);
        assert_eq!(log.lines.dropped_ever().get(), 1);
    }

    #[test]
    fn the_report_has_room_when_other_lines_have_none() {
        let lines = Arc::<Lines>::default();
        let reported = Arc::clone(&lines);
        let also = move |dropped| {
            let full = b"x".repeat(CAPACITY_BYTES);
            let others = Arc::clone(&reported);
            let other = thread::spawn(move || (&*others).write_all(&full).unwrap());
            other.join().unwrap();
            writeln!(&*reported, "{dropped} lines were dropped").unwrap();
        };
        let log = log_of(lines, also);
        log.line(&b"x".repeat(CAPACITY_BYTES + 1));
        log.line(b"a\n");
        log.read(ALL);
        assert_eq!(log.reports.recv_timeout(LONG).unwrap(), 1);
        assert!(log.read(ALL).ends_with(b"1 lines were dropped\n"));
    }

    #[test]
    fn written_bytes_are_not_counted_as_dropped_and_no_line_is_torn() {
        let log = log();
        log.line(b"first\n");
        log.written.recv_timeout(LONG).unwrap();
        log.line(b"whole\n");
        log.line(b"torn\n");
        log.line(b"lost\n");
        log.outcomes.send(ALL).unwrap();
        assert_eq!(log.read(Ok(8)), b"whole\ntorn\nlost\n");
        assert_eq!(
            log.read(Err(io::ErrorKind::WouldBlock.into())),
            b"rn\nlost\n"
        );
        assert_eq!(
            log.read(Err(io::ErrorKind::BrokenPipe.into())),
            b"rn\nlost\n"
        );
        assert!(log.lines.flush(LONG));
        assert_eq!(log.lines.dropped_ever().get(), 2);
        log.line(b"next\n");
        assert_eq!(log.read(ALL), b"\n");
        assert_eq!(log.read(ALL), b"next\n");
        assert_eq!(log.reports.recv_timeout(LONG).unwrap(), 2);
    }
}
