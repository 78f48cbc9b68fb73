//! The HTTP servers of this process: limits, running and stopping.

use std::io;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::task::JoinHandle;
use adapter_system::raise_open_files_limit_to;
use api_actix::{ConnectionLimits, Connections};

use tokio::time::sleep;

use crate::config::Config;

/// Returns the number of cores of this machine.
pub(crate) fn cores() -> usize {
    available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Open files other than the connections of clients, pools and attempts: the log, the runtime, name look-ups.
const OTHER_FILES: usize = 256;

/// Returns the connection limits, reduced if the process may not open as many files.
pub(crate) fn connection_limits(config: &Config) -> ConnectionLimits {
    let limits = config.http.connections;
    let others = OTHER_FILES
        .saturating_add(config.database.pool.connections as usize)
        .saturating_add(config.delivery.pool_size as usize)
        .saturating_add(config.delivery.dispatcher.in_flight);
    let wanted = limits.total.saturating_add(others);
    let files = raise_open_files_limit_to(u64::try_from(wanted).unwrap_or(u64::MAX));
    let files = usize::try_from(files).unwrap_or(usize::MAX);
    let total = limits.total.min(files.saturating_sub(others)).max(1);
    if total < limits.total {
        tracing::warn!(
            connections = total,
            "this process may not open as many files as HTTP_MAX_CONNECTIONS and WEBHOOK_IN_FLIGHT need: fewer connections are accepted"
        );
    }
    ConnectionLimits { total, ..limits }
}

/// A running server.
pub(crate) struct Serving {
    connections: Connections,
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    /// Whether the task has returned its result and must not be awaited again.
    joined: bool,
}

impl Serving {
    pub(crate) fn begin(connections: Connections, server: Server) -> Self {
        let handle = server.handle();
        let task = actix_web::rt::spawn(server);
        Self { connections, handle, task, joined: false }
    }

    /// Waits until the server ends unexpectedly.
    pub(crate) async fn ended(&mut self) -> io::Error {
        let ended = (&mut self.task).await;
        self.joined = true;
        match ended {
            Ok(Err(error)) => error,
            Ok(Ok(())) => io::Error::other("an HTTP server ended by itself"),
            Err(error) => io::Error::other(error),
        }
    }

    /// Continues to serve for `time`, but closes each connection after its next response.
    pub(crate) async fn drain(&self, time: Duration) {
        if !time.is_zero() {
            self.connections.drain();
            sleep(time).await;
        }
    }

    /// Accepts no further connections, finishes running requests within `grace`, and ends. Returns whether all were
    /// finished.
    pub(crate) async fn stop(&mut self, grace: Duration) -> io::Result<bool> {
        // Closes the listener only; awaiting it would poll the connections once a second.
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
