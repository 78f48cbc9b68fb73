//! The bytes of one connection, with a limit on every wait for its client.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::Connection;
use super::metrics::Closed;

/// To a client that began a head and did not end it.
const TOO_SLOW: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Fails with [`io::ErrorKind::TimedOut`] when the client does not do in time what its connection waits for.
pub(super) struct Stream<T> {
    io: T,
    connection: Rc<Connection>,
    timer: Pin<Box<Sleep>>,
}

impl<T: AsyncWrite + Unpin> Stream<T> {
    pub(super) fn new(io: T, connection: Connection) -> Self {
        Self {
            io,
            connection: Rc::new(connection),
            timer: Box::pin(sleep_until(Instant::now())),
        }
    }

    pub(super) fn connection(&self) -> &Rc<Connection> {
        &self.connection
    }

    /// Comes back when the wait that there is now has lasted too long.
    fn check_wait(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        let Some((deadline, closed)) = self.connection.deadline() else {
            return Ok(());
        };
        if self.timer.deadline() != deadline {
            self.timer.as_mut().reset(deadline);
        }
        if self.timer.as_mut().poll(context).is_pending() {
            return Ok(());
        }
        self.connection.expired(closed);
        if closed == Closed::SlowHead {
            // Nothing else is being written; a client that does not take it either gets nothing.
            let _ = Pin::new(&mut self.io).poll_write(context, TOO_SLOW);
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.connection.received();
        }
        if read.is_pending() {
            self.check_wait(context)?;
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stream<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        if written.is_pending() {
            self.connection.blocked();
            self.check_wait(context)?;
        } else {
            self.connection.wrote();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(context);
        if flushed.is_ready() {
            self.connection.flushed();
            self.check_wait(context)?;
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
