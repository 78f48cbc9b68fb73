//! HTTP servers of this process, until they are stopped.

use std::io;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use actix_web::dev::{Server, ServerHandle};
use actix_web::http::KeepAlive;
use actix_web::rt::task::{JoinError, JoinHandle};
use actix_web::{HttpServer, web};
use api_actix::AppState;

use crate::config::Http;

/// The cores of this machine.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Listens for the API's clients; the server runs once it is awaited.
///
/// # Errors
/// Where the address cannot be listened on.
pub(crate) fn listen(
    state: AppState,
    http: &Http,
) -> io::Result<(Server, Vec<std::net::SocketAddr>)> {
    let state = web::Data::new(state);
    let server = HttpServer::new(move || api_actix::app(state.clone()))
        .workers(http.workers_on(cores()))
        .max_connections(http.max_connections)
        .client_request_timeout(http.request_head_timeout)
        .keep_alive(if http.keep_alive.is_zero() {
            KeepAlive::Disabled
        } else {
            KeepAlive::Timeout(http.keep_alive)
        })
        .shutdown_timeout(http.shutdown_grace.as_secs())
        .disable_signals()
        .bind(http.listen_addr)?;
    let addresses = server.addrs();
    Ok((server.run(), addresses))
}

/// A server that runs.
pub(crate) struct Serving {
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
}

impl Serving {
    pub(crate) fn begin(server: Server) -> Self {
        let handle = server.handle();
        let task = actix_web::rt::spawn(server);
        Self { handle, task }
    }

    /// Waits until it ends by itself, which it should not.
    pub(crate) async fn ended(&mut self) -> io::Error {
        match (&mut self.task).await {
            Ok(Err(error)) => error,
            Ok(Ok(())) => io::Error::other("an HTTP server ended by itself"),
            Err(error) => io::Error::other(error),
        }
    }

    pub(crate) fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Waits for its end after it was told to stop.
    ///
    /// # Errors
    /// Where serving failed.
    pub(crate) async fn join(self) -> io::Result<()> {
        self.task
            .await
            .map_err(|error: JoinError| io::Error::other(error))?
    }
}
