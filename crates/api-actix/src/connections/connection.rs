//! One connection: what it waits for, and until when.

use std::cell::Cell;
use std::future::pending;
use std::net::SocketAddr;
use std::rc::Rc;

use actix_web::HttpRequest;
use tokio::time::Instant;

use super::metrics::Closed;
use super::places::Place;

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
}

impl Connection {
    pub(super) fn new(place: Place, local: Option<SocketAddr>) -> Self {
        Self {
            place,
            local,
            answering: Cell::new(false),
            wait: Cell::new(Some((Wait::Head, Instant::now()))),
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

    /// The client took something.
    pub(super) fn wrote(&self) {
        if let Some((Wait::Answer, _)) = self.wait.get() {
            self.go_on();
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
            Wait::Answer => (limits.stall, Closed::SlowReader),
            Wait::Body => return None,
        };
        Some((since + limit, closed))
    }

    /// The connection ends, as its client did not do in time what it waited for.
    pub(super) fn expired(&self, closed: Closed) {
        self.place.places().metrics.closed(closed);
    }

    /// Whether the next answer is to be the last one.
    pub(super) fn is_draining(&self) -> bool {
        self.place.places().is_draining()
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
        begun.then_some(Self(connection))
    }

    pub(super) fn is_last(&self) -> bool {
        self.0.is_draining()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.set(false);
        // What is left to write is waited for when it turns out that the client does not take it.
        self.0.go_on();
    }
}

/// Waits for something that the client of this request is to send. The connection may be closed meanwhile to make room; then
/// this never returns, so that the handler does not begin work whose answer cannot be sent.
pub(crate) async fn while_client_sends<F: Future>(request: &HttpRequest, sent: F) -> F::Output {
    let connection = request.conn_data::<Rc<Connection>>();
    if let Some(connection) = connection {
        connection.wait_for(Wait::Body);
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
