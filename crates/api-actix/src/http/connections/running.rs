//! A server from its start to its orderly stop.

use std::io;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt::task::JoinHandle;
use tokio::time::sleep;

use super::Connections;

/// A running HTTP server.
pub struct RunningServer {
    connections: Connections,
    handle: ServerHandle,
    task: JoinHandle<io::Result<()>>,
    /// Whether the task has returned its result and must not be awaited again.
    joined: bool,
}

impl RunningServer {
    /// Starts to serve these connections.
    #[must_use]
    pub fn start(connections: Connections, server: Server) -> Self {
        let handle = server.handle();
        let task = actix_web::rt::spawn(server);
        Self { connections, handle, task, joined: false }
    }

    /// Waits until the server ends unexpectedly, and returns the reason.
    pub async fn ended(&mut self) -> io::Error {
        let ended = (&mut self.task).await;
        self.joined = true;
        match ended {
            Ok(Err(error)) => error,
            Ok(Ok(())) => io::Error::other("an HTTP server ended by itself"),
            Err(error) => io::Error::other(error),
        }
    }

    /// Continues to serve for `time`, but closes each connection after its next response.
    pub async fn drain(&self, time: Duration) {
        if !time.is_zero() {
            self.connections.drain();
            sleep(time).await;
        }
    }

    /// Accepts no further connections, finishes running requests within `grace`, and ends. Returns whether all were
    /// finished.
    ///
    /// # Errors
    /// The server has ended with an error.
    pub async fn stop(&mut self, grace: Duration) -> io::Result<bool> {
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
