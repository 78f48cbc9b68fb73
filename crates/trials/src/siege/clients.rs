//! Clients that occupy connections.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::sleep;

use super::probe::connect;
use super::target::CREATE;
use crate::api::Answer;

const BYTE_EACH: Duration = Duration::from_secs(1);
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Number of responses to the attackers per status.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers(Arc<Mutex<BTreeMap<u16, u64>>>);

impl Answers {
    /// Counts a response. A request without a response does not count, as attackers may be disconnected.
    pub(super) fn count(&self, answer: &Result<Answer, reqwest::Error>) {
        if let Ok(answer) = answer {
            self.add(answer.status);
        }
    }

    /// Counts the response that begins with these bytes.
    fn count_head(&self, head: &[u8]) {
        let status = head.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3));
        let status = status.and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
        if let Some(status) = status {
            self.add(status);
        }
    }

    fn add(&self, status: u16) {
        *self.counts().entry(status).or_default() += 1;
    }

    pub(super) fn take(&self) -> BTreeMap<u16, u64> {
        std::mem::take(&mut self.counts())
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<u16, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the bytes of a GET request.
pub(super) fn get(path: &str, key: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nx-api-key: {key}\r\n{headers}\r\n")
}

/// Repeats the attack whenever it ends.
pub(super) async fn again<F: Future<Output = ()>>(attack: impl Fn() -> F) {
    loop {
        attack().await;
        sleep(AGAIN_AFTER).await;
    }
}

/// Reads the response to one request, sends a byte of the next and waits until the connection is closed.
pub(super) async fn idle_head(address: SocketAddr, answers: Answers) {
    let Some(mut stream) = connect(address).await else {
        return;
    };
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut answer = [0; 1024];
    if stream.write_all(request).await.is_err() {
        return;
    }
    if let Ok(read) = stream.read(&mut answer).await {
        answers.count_head(answer.get(..read).unwrap_or_default());
        let _ = stream.write_all(b"G").await;
        while let Ok(1..) = stream.read(&mut answer).await {}
    }
}

/// Sends a body byte by byte.
pub(super) async fn slow_body(address: SocketAddr, key: String) {
    let Some(mut stream) = connect(address).await else {
        return;
    };
    let head = format!(
        "POST {CREATE} HTTP/1.1\r\nHost: x\r\nx-api-key: {key}\r\nContent-Type: application/json\r\n\
         Content-Length: 200000\r\n\r\n"
    );
    let mut sent = stream.write_all(head.as_bytes()).await;
    while sent.is_ok() {
        sleep(BYTE_EACH).await;
        sent = stream.write_all(b" ").await;
    }
}

/// Sends requests and does not read the responses until the service closes the connection.
pub(super) async fn unread(address: SocketAddr, request: String) {
    let Some(mut stream) = connect(address).await else {
        return;
    };
    let mut sent = stream.write_all(request.as_bytes()).await;
    while sent.is_ok() {
        sleep(BYTE_EACH).await;
        sent = stream.write_all(b"\r\n").await;
    }
}

/// Sends a request and reads a few bytes of the response each second.
pub(super) async fn dripping(address: SocketAddr, request: String, answers: Answers) {
    let Some(mut stream) = connect(address).await else {
        return;
    };
    if stream.write_all(request.as_bytes()).await.is_err() {
        return;
    }
    let mut few = [0; 16];
    if let Ok(read) = stream.read(&mut few).await {
        answers.count_head(few.get(..read).unwrap_or_default());
    }
    while let Ok(1..) = stream.read(&mut few).await {
        sleep(BYTE_EACH).await;
    }
}
