//! One connection: what it waits for, and until when.

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

/// The slowest that a client may take its answer, in bytes a second of the time in which the service waits for it; see
/// [`super::ConnectionLimits::stall`] for how far it may be behind.
const SLOWEST_BYTES_PER_SECOND: u64 = 16 * 1024;

/// How much of a body is handed over at once.
const BODY_PIECE_BYTES: usize = 32 * 1024;

/// How much of anything else is.
const PIECE_BYTES: usize = 4 * 1024;

/// Heads beyond this are long: few connections may send one.
const SHORT_HEAD_BYTES: usize = 8 * 1024;

/// What may be read of a body that nobody waits for yet: most bodies come with their heads.
const EARLY_BODY_BYTES: usize = 8 * 1024;

/// What a connection waits for its client to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// Send the rest of a head, or the first one.
    Head,
    /// Send the next request.
    Request,
    /// Send the rest of a body. The request itself has a limit.
    Body,
    /// Take more of an answer.
    Answer,
}

/// The state of one connection, shared by its stream and its requests.
pub(super) struct Connection {
    place: Place,
    local: Option<SocketAddr>,
    /// Whether a request is under way.
    answering: Cell<bool>,
    wait: Cell<Option<(Wait, Instant)>>,
    /// Bytes that were handed over since the last request.
    head_bytes: Cell<usize>,
    /// Bytes that may be handed over before a body is waited for.
    early_bytes: Cell<usize>,
    /// How many requests seem to begin in what was handed over and is not answered.
    beginnings: Cell<usize>,
    /// Of the answer under way: bytes that the client took, and how long it was waited for.
    taken_bytes: Cell<u64>,
    waited: Cell<Duration>,
    /// Woken when more may be read.
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

    /// How many bytes may be read at once; none until `reader` is woken, or the client is given up. What is read is parsed,
    /// and parsed requests take far more memory than their bytes: while one is answered the next ones stay unread.
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

    /// So much was handed over, and whether a request begins at its end.
    pub(super) fn handed_over(&self, bytes: usize, begins: bool) {
        let beginnings = self.beginnings.get();
        self.beginnings
            .set(beginnings.saturating_add(usize::from(begins)));
        if self.answering.get() {
            let left = self.early_bytes.get().saturating_sub(bytes);
            self.early_bytes.set(if begins { 0 } else { left });
        } else {
            self.head_bytes
                .set(self.head_bytes.get().saturating_add(bytes));
        }
    }

    fn wake_reader(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// The client sent something.
    pub(super) fn received(&self) {
        if let Some((Wait::Request, _)) = self.wait.get() {
            self.wait.set(Some((Wait::Head, Instant::now())));
        }
    }

    /// The client takes nothing more for now.
    pub(super) fn blocked(&self) {
        if !matches!(self.wait.get(), Some((Wait::Answer, _))) {
            self.wait_for(Wait::Answer);
        }
    }

    /// The client took so many bytes.
    pub(super) fn wrote(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        (self.taken_bytes).set(self.taken_bytes.get().saturating_add(bytes));
        if let Some((Wait::Answer, since)) = self.wait.get() {
            self.waited.set(self.waited.get() + since.elapsed());
            self.go_on();
            self.wake_reader();
        }
    }

    /// The client has everything that was for it.
    pub(super) fn flushed(&self) {
        if !self.answering.get() && self.wait.get().is_none() {
            self.wait_for(Wait::Request);
        }
    }

    /// When the client must have done what the connection waits for, and what it is when it has not.
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

    /// How much longer the client may be waited for with what it has taken of its answer.
    fn slack(&self) -> Duration {
        let taken = Duration::from_millis(
            self.taken_bytes.get().saturating_mul(1000) / SLOWEST_BYTES_PER_SECOND,
        );
        (self.place.places().limits.stall + taken).saturating_sub(self.waited.get())
    }

    /// The connection ends, as its client did not do in time what it waited for.
    pub(super) fn expired(&self, closed: Closed) {
        self.place.places().metrics.closed(closed);
    }

    /// Whether the next answer is to be the last one. The buffer of a long head is not given back before the end.
    pub(super) fn is_ending(&self) -> bool {
        self.place.has_long_head() || self.place.places().is_draining()
    }

    fn wait_for(&self, what: Wait) {
        self.wait.set(Some((what, Instant::now())));
        self.place.wait(what == Wait::Request);
    }

    /// See [`Place::work`].
    fn go_on(&self) -> bool {
        self.wait.set(None);
        self.place.work()
    }
}

/// A request that is under way on a connection, until its answer is there or given up.
pub(super) struct Answering(Rc<Connection>);

impl Answering {
    /// `None` where the connection is to be closed: the request must not begin then.
    pub(super) fn begin(connection: Rc<Connection>) -> Option<Self> {
        let begun = connection.go_on();
        connection.answering.set(true);
        // Where the next one has begun nothing is missing of this one. It must not be whole before this one is answered: it
        // would run although this answer is the last, and decide whether it is. More beginnings than one are text of this one.
        let behind = connection.beginnings.get().saturating_sub(1).min(1);
        connection.beginnings.set(behind);
        connection.early_bytes.set((1 - behind) * EARLY_BODY_BYTES);
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
        // What is left to write is waited for when it turns out that the client does not take it.
        self.0.go_on();
        self.0.wake_reader();
    }
}

/// Waits for something that the client of this request is to send. The connection may be closed meanwhile to make room; then
/// this never returns, so that the handler does not begin work whose answer cannot be sent.
pub(crate) async fn while_client_sends<F: Future>(request: &HttpRequest, sent: F) -> F::Output {
    let connection = request.conn_data::<Rc<Connection>>();
    if let Some(connection) = connection {
        connection.wait_for(Wait::Body);
        connection.wake_reader();
    }
    let sent = sent.await;
    if connection.is_some_and(|connection| !connection.go_on()) {
        pending::<()>().await;
    }
    sent
}

/// The address of this end of a request's connection.
pub(crate) fn local_address(request: &HttpRequest) -> Option<SocketAddr> {
    request.conn_data::<Rc<Connection>>()?.local
}
