//! The state of one connection: what it waits for, and its deadline.

use std::cell::Cell;
use std::future::pending;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Waker;
use std::time::Duration;

use actix_web::HttpRequest;
use tokio::time::Instant;

use super::metrics::Closed;
use super::places::Place;

/// The lowest rate at which a client may read its response, in bytes per second of waiting time; see
/// [`super::ConnectionLimits::stall`] for the allowed shortfall.
const MIN_BYTES_PER_SECOND: u64 = 16 * 1024;

/// Bytes of a body that are passed to the parser at once.
const BODY_PIECE_BYTES: usize = 32 * 1024;

/// Other bytes that are passed to the parser at once.
const PIECE_BYTES: usize = 4 * 1024;

/// A longer head is a long head, which only a few connections may send.
const SHORT_HEAD_BYTES: usize = 8 * 1024;

/// Bytes of a body that may be read before the handler waits for it: most bodies arrive with their heads.
const EARLY_BODY_BYTES: usize = 8 * 1024;

/// The client action that a connection waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// The rest of a head, or the first head.
    Head,
    /// The next request.
    Request,
    /// The rest of a body, limited by the deadline of the request.
    Body,
    /// Reading more of a response.
    Answer,
}

/// The state of one connection, shared by its stream and its requests.
pub(super) struct Connection {
    place: Place,
    local: Option<SocketAddr>,
    /// Whether a request is in progress.
    answering: Cell<bool>,
    wait: Cell<Option<(Wait, Instant)>>,
    /// Bytes passed to the parser since the last request.
    head_bytes: Cell<usize>,
    /// Bytes that may be passed on before the handler waits for the body.
    early_bytes: Cell<usize>,
    /// Possible request starts among the bytes passed on and not yet responded to.
    beginnings: Cell<usize>,
    /// For the current response: bytes that the client has read, and the time spent waiting for it.
    taken_bytes: Cell<u64>,
    waited: Cell<Duration>,
    /// Wakes the reader when more may be read.
    reader: Cell<Option<Waker>>,
}

impl Connection {
    pub(super) fn new(place: Place, local: Option<SocketAddr>) -> Self {
        Self {
            place,
            local,
            answering: Cell::new(false),
            wait: Cell::new(Some((Wait::Head, Instant::now()))),
            head_bytes: Cell::new(0),
            early_bytes: Cell::new(0),
            beginnings: Cell::new(0),
            taken_bytes: Cell::new(0),
            waited: Cell::new(Duration::ZERO),
            reader: Cell::new(None),
        }
    }

    /// The number of bytes that may be read at once, or `None` until `reader` is woken or the connection is closed.
    /// Parsed requests take far more memory than their bytes, so further requests stay unread while one is in progress.
    pub(super) fn may_read(&self, reader: &Waker) -> Option<usize> {
        let most = match self.wait.get() {
            Some((Wait::Body, _)) => BODY_PIECE_BYTES,
            Some((Wait::Answer, _)) => 0,
            _ if self.answering.get() => self.early_bytes.get(),
            _ if self.head_bytes.get() < SHORT_HEAD_BYTES || self.place.take_long_head() => {
                PIECE_BYTES
            }
            _ => 0,
        };
        if most == 0 {
            self.reader.set(Some(reader.clone()));
        }
        (most > 0).then_some(most)
    }

    /// Records bytes passed to the parser, and whether a request begins at their end.
    pub(super) fn handed_over(&self, bytes: usize, begins: bool) {
        let beginnings = self.beginnings.get();
        self.beginnings.set(beginnings.saturating_add(usize::from(begins)));
        if self.answering.get() {
            let left = self.early_bytes.get().saturating_sub(bytes);
            self.early_bytes.set(if begins { 0 } else { left });
        } else {
            self.head_bytes.set(self.head_bytes.get().saturating_add(bytes));
        }
    }

    fn wake_reader(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Records that the client sent bytes.
    pub(super) fn received(&self) {
        if let Some((Wait::Request, _)) = self.wait.get() {
            self.wait.set(Some((Wait::Head, Instant::now())));
        }
    }

    /// Records that the client currently reads nothing.
    pub(super) fn blocked(&self) {
        if !matches!(self.wait.get(), Some((Wait::Answer, _))) {
            self.wait_for(Wait::Answer);
        }
    }

    /// Records that the client read `bytes`.
    pub(super) fn wrote(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        (self.taken_bytes).set(self.taken_bytes.get().saturating_add(bytes));
        if let Some((Wait::Answer, since)) = self.wait.get() {
            self.waited.set(self.waited.get() + since.elapsed());
            self.stop_waiting();
            self.wake_reader();
        }
    }

    /// Records that the client has received all bytes written so far.
    pub(super) fn flushed(&self) {
        if !self.answering.get() && self.wait.get().is_none() {
            self.wait_for(Wait::Request);
        }
    }

    /// The deadline of the current wait, and the reason for the close if it expires.
    pub(super) fn deadline(&self) -> Option<(Instant, Closed)> {
        let limits = &self.place.places().limits;
        let (wait, since) = self.wait.get()?;
        let (limit, closed) = match wait {
            Wait::Head => (limits.head, Closed::SlowHead),
            Wait::Request => (limits.idle, Closed::Idle),
            Wait::Answer => (limits.stall.min(self.slack()), Closed::SlowReader),
            Wait::Body => return None,
        };
        Some((since + limit, closed))
    }

    /// The remaining waiting time, given the bytes that the client has read of its response.
    fn slack(&self) -> Duration {
        let taken = Duration::from_millis(
            self.taken_bytes.get().saturating_mul(1000) / MIN_BYTES_PER_SECOND,
        );
        (self.place.places().limits.stall + taken).saturating_sub(self.waited.get())
    }

    /// Counts the close of a connection whose wait expired.
    pub(super) fn expired(&self, closed: Closed) {
        self.place.places().metrics.closed(closed);
    }

    /// Whether the next response is the last one. The buffer of a long head is released only when the connection ends.
    pub(super) fn is_ending(&self) -> bool {
        self.place.has_long_head() || self.place.places().is_draining()
    }

    fn wait_for(&self, what: Wait) {
        self.wait.set(Some((what, Instant::now())));
        self.place.wait(what == Wait::Request);
    }

    /// See [`Place::work`].
    fn stop_waiting(&self) -> bool {
        self.wait.set(None);
        self.place.work()
    }
}

/// A request in progress, until its response is sent or abandoned.
pub(super) struct Answering(Rc<Connection>);

impl Answering {
    /// Returns `None` if the connection is being closed; the request must then not start.
    pub(super) fn begin(connection: Rc<Connection>) -> Option<Self> {
        let begun = connection.stop_waiting();
        connection.answering.set(true);
        // The start of the next request means that this one is complete. The next request must stay incomplete until
        // this response is sent: it would run even if this response is the last one. Further possible starts belong to
        // the body of this request.
        let next = connection.beginnings.get().saturating_sub(1).min(1);
        connection.beginnings.set(next);
        connection.early_bytes.set((1 - next) * EARLY_BODY_BYTES);
        connection.taken_bytes.set(0);
        connection.waited.set(Duration::ZERO);
        begun.then_some(Self(connection))
    }

    pub(super) fn is_last(&self) -> bool {
        self.0.is_ending()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.set(false);
        self.0.head_bytes.set(0);
        // A wait for the remaining bytes begins when the client does not read them.
        self.0.stop_waiting();
        self.0.wake_reader();
    }
}

/// Waits for `sent`, bytes from the client of this request. If the connection is closed meanwhile to admit another,
/// this never returns, so that no handler starts work whose response cannot be sent.
pub(crate) async fn while_client_sends<F: Future>(request: &HttpRequest, sent: F) -> F::Output {
    let connection = request.conn_data::<Rc<Connection>>();
    if let Some(connection) = connection {
        connection.wait_for(Wait::Body);
        connection.wake_reader();
    }
    let sent = sent.await;
    if connection.is_some_and(|connection| !connection.stop_waiting()) {
        pending::<()>().await;
    }
    sent
}

/// The local address of a request's connection.
pub(crate) fn local_address(request: &HttpRequest) -> Option<SocketAddr> {
    request.conn_data::<Rc<Connection>>()?.local
}
