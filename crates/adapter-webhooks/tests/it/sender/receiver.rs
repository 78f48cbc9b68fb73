//! Receivers on loopback, down to the bytes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Somebody who listens.
pub(super) struct Receiver {
    pub(super) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: mpsc::UnboundedReceiver<String>,
}

impl Receiver {
    /// One that does the same with each connection, all at once.
    pub(super) async fn doing<F, R>(behaviour: F) -> Self
    where
        F: Fn(Connection) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (heard, requests) = mpsc::unbounded_channel();
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let heard = heard.clone();
                tokio::spawn(behaviour(Connection { stream, heard }));
            }
        });
        Self {
            address,
            connections,
            requests,
        }
    }

    /// One that answers each request of a connection with these bytes.
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

    /// One that nobody may visit.
    pub(super) async fn trap() -> Self {
        Self::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The next request it was sent, head and body.
    pub(super) async fn request(&mut self) -> String {
        self.requests.recv().await.unwrap()
    }
}

/// One that somebody made to a receiver.
pub(super) struct Connection {
    stream: TcpStream,
    heard: mpsc::UnboundedSender<String>,
}

impl Connection {
    /// Reads one request. `false`: the connection ended instead.
    pub(super) async fn request(&mut self) -> bool {
        let mut bytes = Vec::new();
        loop {
            if let Some(request) = whole(&bytes) {
                let _ = self.heard.send(request);
                return true;
            }
            match self.stream.read_buf(&mut bytes).await {
                Ok(0) | Err(_) => return false,
                Ok(_) => {}
            }
        }
    }

    /// Writes; whether somebody still reads is their business.
    pub(super) async fn write(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Writes the same again and again until the other side hangs up. Answers how many bytes that took.
    pub(super) async fn write_without_end(&mut self, bytes: &[u8]) -> usize {
        let mut written = 0;
        while let Ok(length) = self.stream.write(bytes).await {
            written += length;
        }
        written
    }

    /// Keeps the connection, silently, until the other side hangs up.
    pub(super) async fn hang(mut self) {
        while self
            .stream
            .read(&mut [0; 1024])
            .await
            .is_ok_and(|read| read > 0)
        {}
    }

    /// Ends the connection with a reset, not in order.
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
