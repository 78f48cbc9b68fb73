//! The bytes of one connection, with a limit on every wait for its client, and on how much is handed over before it is parsed.

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

/// To a client that began a head and did not end it.
const TOO_SLOW: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// Stands in the first line of every request.
const VERSION: &[u8] = b"HTTP/1.";

/// Fails with [`io::ErrorKind::TimedOut`] when the client does not do in time what its connection waits for.
pub(super) struct Stream<T> {
    /// Shared with whoever closes it in the end.
    io: Rc<RefCell<T>>,
    connection: Rc<Connection>,
    timer: Pin<Box<Sleep>>,
    /// What was read, and is not handed over yet.
    held: BytesMut,
    /// How many bytes of [`VERSION`] stand at the end of what was handed over.
    matched: usize,
    /// Handed over since the reader last had to wait.
    handed_over: usize,
    /// The reader is to parse what it has.
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
            let _ = Pin::new(&mut *self.io.borrow_mut()).poll_write(context, TOO_SLOW);
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream<T> {
    /// Hands over at most so many bytes, and none behind the next [`VERSION`]: of what follows it, one request at most is
    /// whole. Says how many there were, and whether they end with it.
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
            self.held
                .extend_from_slice(read.get(bytes..).unwrap_or_default());
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

/// How many of these bytes there are up to the end of the next [`VERSION`], and whether it is among them.
fn end_of_piece(bytes: &[u8], matched: &mut usize) -> (usize, bool) {
    let mut place = 0;
    while let Some(expected) = VERSION.get(*matched).filter(|_| *matched > 0) {
        match bytes.get(place) {
            Some(byte) if byte == expected => *matched += 1,
            // No other place of it has its first byte: what began before has no part that may begin it again.
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
            Some(most) => stream
                .hand_over(context, buffer, most)
                .map_ok(|read| (read, most)),
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
            Poll::Ready(written) => self
                .connection
                .wrote(written.as_ref().copied().unwrap_or_default()),
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_end_with_each_version_however_the_bytes_arrive(
            words in prop::collection::vec("(HTTP/1\\.)|[HTP/1.x]{0,9}", 0..8),
            sizes in prop::collection::vec(1_usize..12, 1..8),
        ) {
            let text = words.concat();
            let mut arriving = sizes.iter().cycle();
            let (mut ends, mut matched, mut place) = (Vec::new(), 0, 0);
            while place < text.len() {
                let until = text.len().min(place + arriving.next().unwrap());
                let (length, is_end) = end_of_piece(&text.as_bytes()[place..until], &mut matched);
                prop_assert!(length > 0);
                place += length;
                ends.extend(is_end.then_some(place));
            }
            let expected: Vec<_> = text.match_indices("HTTP/1.").map(|(at, found)| at + found.len()).collect();
            prop_assert_eq!(ends, expected);
        }
    }
}
