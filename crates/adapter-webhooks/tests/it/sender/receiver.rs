//! Receivers on loopback with byte-level control.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A listening receiver.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: mpsc::UnboundedReceiver<String>,
}

impl Receiver {
    /// A receiver that runs `behaviour` for each connection, concurrently.
    pub(super) async fn doing<F, R>(behaviour: F) -> Self
    where
        F: Fn(Connection) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (received, requests) = mpsc::unbounded_channel();
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let received = received.clone();
                tokio::spawn(behaviour(Connection { stream, received }));
            }
        });
        Self { address, connections, requests }
    }

    /// A receiver that answers each request with these bytes.
    pub(super) async fn answering(answer: impl AsRef<[u8]>) -> Self {
        let answer: Arc<[u8]> = answer.as_ref().into();
        Self::doing(move |mut connection| {
            let answer = Arc::clone(&answer);
            async move {
                while connection.request().await {
                    connection.write(&answer).await;
                }
            }
        })
        .await
    }

    /// A receiver that the test expects not to be called.
    pub(super) async fn trap() -> Self {
        Self::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Returns the next request that was received already.
    pub(super) fn received(&mut self) -> Option<String> {
        self.requests.try_recv().ok()
    }

    /// Returns the next request received, head and body.
    pub(super) async fn request(&mut self) -> String {
        self.requests.recv().await.unwrap()
    }
}

/// A connection accepted by a receiver.
pub(super) struct Connection {
    stream: TcpStream,
    received: mpsc::UnboundedSender<String>,
}

impl Connection {
    /// Reads one request. Returns `false` if the connection ends first.
    pub(super) async fn request(&mut self) -> bool {
        let mut bytes = Vec::new();
        loop {
            if let Some(request) = whole(&bytes) {
                let _ = self.received.send(request);
                return true;
            }
            match self.stream.read_buf(&mut bytes).await {
                Ok(0) | Err(_) => return false,
                Ok(_) => {}
            }
        }
    }

    /// Writes and ignores errors, because the peer may have closed the connection.
    pub(super) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Writes the same bytes repeatedly until the peer closes the connection. Returns the number of bytes written.
    pub(super) async fn write_without_end(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while let Ok(length) = self.stream.write(bytes).await {
            written += length;
        }
        written
    }

    /// Keeps the connection open silently until the peer closes it.
    pub(super) async fn hang(mut self) {
        while self.stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
    }

    /// Ends the connection with a reset.
    pub(super) fn reset(self) {
        self.stream.set_zero_linger().unwrap();
    }
}

fn whole(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    (body.len() >= length).then(|| text.to_owned())
}
