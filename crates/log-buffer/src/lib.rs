//! A bounded buffer between a program and the reader of its log, such as a pipe on standard error.
//!
//! A thread writes the lines to the output. A caller never waits for it: if the reader is slow or gone, lines are
//! dropped whole, counted and reported in the log itself once lines can be written again. A line that was written in
//! part is ended before the next one.
//!
//! ```
//! use std::io::{self, Write as _};
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! # fn main() -> io::Result<()> {
//! let log = Arc::new(log_buffer::LogBuffer::default());
//! let report = Arc::clone(&log);
//! log.write_to(io::sink(), move |dropped| {
//!     let _ = writeln!(&*report, "{dropped} lines were dropped");
//! })?;
//! writeln!(&*log, "started")?;
//! assert!(log.flush(Duration::from_secs(1)));
//! # Ok(())
//! # }
//! ```

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
pub struct LogBuffer {
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

impl LogBuffer {
    /// Returns the counter of lines dropped since the buffer was created.
    #[must_use]
    pub fn dropped_ever(&self) -> Counter {
        self.dropped_ever.clone()
    }

    /// Starts a thread that writes all lines to `out`. It calls `report` with the number of dropped lines when lines
    /// can be written again.
    ///
    /// # Errors
    /// If the operating system provides no thread.
    pub fn write_to(
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
    pub fn flush(&self, at_most: Duration) -> bool {
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
            let left = if torn { taken.as_slice() } else { write(&mut out, &taken) };
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

/// Each call of `write` must pass whole lines, as the layers of `tracing_subscriber` do.
impl Write for &LogBuffer {
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
mod tests;
