//! The byte stream of one connection. Limits every wait for the client, and how many bytes reach the parser at once.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::web::BytesMut;
use memchr::memmem;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::Connection;
use super::metrics::Closed;

/// The response to an incomplete head that is too slow.
const TOO_SLOW: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Occurs in the first line of every request.
const VERSION: &[u8] = b"HTTP/1.";

/// A stream that fails with [`io::ErrorKind::TimedOut`] if a wait for the client expires.
pub(super) struct Stream<T> {
    /// Shared with the code that closes it.
    io: Rc<RefCell<T>>,
    connection: Rc<Connection>,
    timer: Pin<Box<Sleep>>,
    /// Bytes that were read and not yet passed on.
    held: BytesMut,
    /// How many bytes of [`VERSION`] the passed-on bytes end with.
    matched: usize,
    /// Bytes passed on since the reader last had to wait.
    handed_over: usize,
    /// The reader must parse its bytes before it gets more.
    paused: bool,
}

impl<T: AsyncWrite + Unpin> Stream<T> {
    pub(super) fn new(io: Rc<RefCell<T>>, connection: Connection) -> Self {
        Self {
            io,
            connection: Rc::new(connection),
            timer: Box::pin(sleep_until(Instant::now())),
            held: BytesMut::new(),
            matched: 0,
            handed_over: 0,
            paused: false,
        }
    }

    pub(super) fn connection(&self) -> &Rc<Connection> {
        &self.connection
    }

    /// Fails if the current wait has expired; otherwise schedules a wake-up at its deadline.
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
            // No other response is being written; if the client cannot receive this one, it is dropped.
            let _ = Pin::new(&mut *self.io.borrow_mut()).poll_write(context, TOO_SLOW);
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream<T> {
    /// Passes on at most `most` bytes and none beyond the next [`VERSION`], so that the bytes after it contain at most
    /// one complete request. Returns how many bytes were passed on, and whether they end with [`VERSION`].
    fn hand_over(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        most: usize,
    ) -> Poll<io::Result<(usize, bool)>> {
        let most = most.min(buffer.remaining());
        let (bytes, begins) = if self.held.is_empty() {
            let mut space = ReadBuf::new(buffer.initialize_unfilled_to(most));
            ready!(Pin::new(&mut *self.io.borrow_mut()).poll_read(context, &mut space))?;
            let read = space.filled();
            let (bytes, begins) = end_of_piece(read, &mut self.matched);
            self.held.extend_from_slice(read.get(bytes..).unwrap_or_default());
            buffer.advance(bytes);
            (bytes, begins)
        } else {
            let held = self.held.get(..most).unwrap_or(&self.held);
            let (bytes, begins) = end_of_piece(held, &mut self.matched);
            buffer.put_slice(&self.held.split_to(bytes));
            if self.held.is_empty() {
                self.held = BytesMut::new();
            }
            (bytes, begins)
        };
        Poll::Ready(Ok((bytes, begins)))
    }
}

/// The number of bytes up to the end of the next [`VERSION`], and whether they contain it.
fn end_of_piece(bytes: &[u8], matched: &mut usize) -> (usize, bool) {
    let mut place = 0;
    while let Some(expected) = VERSION.get(*matched).filter(|_| *matched > 0) {
        match bytes.get(place) {
            Some(byte) if byte == expected => *matched += 1,
            // The first byte of `VERSION` occurs nowhere else in it, so the failed match contains no other beginning.
            Some(_) => *matched = 0,
            None => return (place, false),
        }
        if *matched > 0 {
            place += 1;
        }
    }
    if *matched == VERSION.len() {
        *matched = 0;
        return (place, true);
    }
    let rest = bytes.get(place..).unwrap_or_default();
    if let Some(found) = memmem::find(rest, VERSION) {
        return (place + found + VERSION.len(), true);
    }
    let begun = |length: &usize| rest.ends_with(VERSION.get(..*length).unwrap_or_default());
    *matched = (1..VERSION.len()).rev().find(begun).unwrap_or(0);
    (bytes.len(), false)
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = &mut *self;
        if std::mem::take(&mut stream.paused) {
            stream.handed_over = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let read = match stream.connection.may_read(context.waker()) {
            Some(most) => stream.hand_over(context, buffer, most).map_ok(|read| (read, most)),
            None => Poll::Pending,
        };
        let Poll::Ready(read) = read else {
            stream.handed_over = 0;
            stream.check_wait(context)?;
            return Poll::Pending;
        };
        let ((bytes, begins), most) = read?;
        if bytes > 0 {
            stream.connection.received();
            stream.connection.handed_over(bytes, begins);
            stream.handed_over += bytes;
            stream.paused = begins || stream.handed_over >= most;
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stream<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut *self.io.borrow_mut()).poll_write(context, bytes);
        match &written {
            Poll::Pending => {
                self.connection.blocked();
                self.check_wait(context)?;
            }
            Poll::Ready(written) => {
                self.connection.wrote(written.as_ref().copied().unwrap_or_default());
            }
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut *self.io.borrow_mut()).poll_flush(context);
        if flushed.is_ready() {
            self.connection.flushed();
            self.check_wait(context)?;
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io.borrow_mut()).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
