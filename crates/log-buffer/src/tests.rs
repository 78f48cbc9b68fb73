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
        self.outcomes.recv().map_err(|_| closed())?.map(|most| most.min(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Log {
    lines: Arc<LogBuffer>,
    written: Receiver<Vec<u8>>,
    outcomes: Sender<io::Result<usize>>,
    reports: Receiver<u64>,
}

fn log() -> Log {
    log_of(Arc::default(), |_| {})
}

fn log_of(lines: Arc<LogBuffer>, also: impl Fn(u64) + Send + 'static) -> Log {
    let ((written, read), (outcomes, outcome), (reporting, reports)) =
        (channel(), channel(), channel());
    let pipe = Pipe { written, outcomes: outcome };
    let report = move |dropped| {
        also(dropped);
        reporting.send(dropped).unwrap();
    };
    lines.write_to(pipe, report).unwrap();
    Log { lines, written: read, outcomes, reports }
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
    let lines = Arc::<LogBuffer>::default();
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
    assert_eq!(log.read(Err(io::ErrorKind::WouldBlock.into())), b"rn\nlost\n");
    assert_eq!(log.read(Err(io::ErrorKind::BrokenPipe.into())), b"rn\nlost\n");
    assert!(log.lines.flush(LONG));
    assert_eq!(log.lines.dropped_ever().get(), 2);
    log.line(b"next\n");
    assert_eq!(log.read(ALL), b"\n");
    assert_eq!(log.read(ALL), b"next\n");
    assert_eq!(log.reports.recv_timeout(LONG).unwrap(), 2);
}
