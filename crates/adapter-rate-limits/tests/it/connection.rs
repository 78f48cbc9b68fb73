//! The protocol of the connection.

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use users_domain::ports::{RateLimiter as _, StoreError};

use crate::{limiter, new_subject, per_minute};

/// Returns the first byte that a limiter sends to a server at a URL of this scheme.
async fn first_byte(scheme: &str) -> u8 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    let limiter = limiter(&url);
    let check = tokio::spawn(async move { limiter.check(new_subject(), per_minute(1)).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    let first = stream.read_u8().await.unwrap();
    drop(stream);
    let answer = check.await.unwrap();
    assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    first
}

#[test]
fn rediss_sends_nothing_in_clear_text() {
    testkit::run(async {
        assert_eq!(first_byte("redis").await, b'*', "a command");
        assert_eq!(first_byte("rediss").await, 22, "a TLS handshake");
    });
}
