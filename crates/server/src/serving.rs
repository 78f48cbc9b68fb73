//! HTTP servers of this process, until they are stopped.

use std::io;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::task::JoinHandle;
use api_actix::{ConnectionLimits, Connections};

use tokio::time::sleep;

use crate::config::Config;
use crate::open_files;

/// The cores of this machine.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Files that are open beside connections of clients, pools and attempts: the log, the runtime, name look-ups.
const OTHER_FILES: usize = 256;

/// The limits of connections that this process can hold to: fewer are open at once than was set, where it may not have so many
/// files open.
pub(crate) fn connection_limits(config: &Config) -> ConnectionLimits {
    let limits = config.http.connections;
    let others = OTHER_FILES
        .saturating_add(config.database.pool_size)
        .saturating_add(config.delivery.pool_size)
        .saturating_add(config.delivery.in_flight);
    let wanted = limits.total.saturating_add(others);
    let files = open_files::raise_limit_to(u64::try_from(wanted).unwrap_or(u64::MAX));
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let total = limits.total.min(files.saturating_sub(others)).max(1);
    if total < limits.total {
        tracing::warn!(
            connections = total,
            "this process may not have as many files open as HTTP_MAX_CONNECTIONS and WEBHOOK_IN_FLIGHT need: fewer connections are taken"
        );
    }
    ConnectionLimits { total, ..limits }
}

/// A server that runs.
pub(crate) struct Serving {
    connections: Connections,
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    /// The task has given its result, and must not be asked for it again.
    joined: bool,
}

impl Serving {
    pub(crate) fn begin(connections: Connections, server: Server) -> Self {
        let handle = server.handle();
        let task = actix_web::rt::spawn(server);
        Self {
            connections,
            handle,
            task,
            joined: false,
        }
    }

    /// Waits until it ends by itself, which it should not.
    pub(crate) async fn ended(&mut self) -> io::Error {
        let ended = (&mut self.task).await;
        self.joined = true;
        match ended {
            Ok(Err(error)) => error,
            Ok(Ok(())) => io::Error::other("an HTTP server ended by itself"),
            Err(error) => io::Error::other(error),
        }
    }

    /// Goes on for so long, but every answer is the last one of its connection.
    pub(crate) async fn drain(&self, time: Duration) {
        if !time.is_zero() {
            self.connections.drain();
            sleep(time).await;
        }
    }

    /// Takes no further connection, finishes what runs, for at most so long, and ends. Whether all was finished.
    ///
    /// # Errors
    /// Where serving failed.
    pub(crate) async fn stop(&mut self, grace: Duration) -> io::Result<bool> {
        // Closes the listener; it would wait for connections by looking once a second.
        drop(self.handle.stop(true));
        let finished = self.connections.close(grace).await;
        self.task.abort();
        if self.joined {
            return Ok(finished);
        }
        let ended = (&mut self.task).await;
        self.joined = true;
        match ended {
            Ok(served) => served?,
            Err(error) if error.is_cancelled() => {}
            Err(error) => return Err(io::Error::other(error)),
        }
        Ok(finished)
    }
}
