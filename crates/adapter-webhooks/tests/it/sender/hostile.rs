use std::time::Duration;

use tokio::sync::mpsc;
use users_domain::model::webhooks::TransportError;

use super::receiver::Receiver;
use super::{cut_off, impatient, nothing, patient, send, status};

const HEAD: &str = "HTTP/1.1 200 OK\r\n";

/// Long enough for a busy machine to send the beginning of a response.
const ENOUGH_TO_BEGIN: Duration = Duration::from_secs(3);

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_receiver_that_hangs_after_connecting_times_out() {
    let receiver = Receiver::doing(super::receiver::Connection::hang).await;
    let report = send(&impatient(SHORT), &receiver.url()).await;
    assert_eq!(report.answer, nothing(TransportError::TimedOut));
    assert_eq!(report.excerpt, "");
    assert!(report.duration >= SHORT);
}

#[tokio::test]
async fn dripping_headers_time_out() {
    let receiver = Receiver::doing(|mut connection| async move {
        connection.request().await;
        connection.write(HEAD).await;
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            connection.write("x: y\r\n").await;
        }
    })
    .await;
    let report = send(&impatient(SHORT), &receiver.url()).await;
    assert_eq!(report.answer, nothing(TransportError::TimedOut));
}

#[tokio::test]
async fn endless_interim_responses_time_out() {
    let receiver = Receiver::doing(|mut connection| async move {
        connection.request().await;
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            connection.write("HTTP/1.1 102 Processing\r\n\r\n").await;
        }
    })
    .await;
    let report = send(&impatient(SHORT), &receiver.url()).await;
    assert_eq!(report.answer, nothing(TransportError::TimedOut));
}

#[tokio::test]
async fn a_body_that_stops_or_never_arrives_times_out_with_its_code() {
    tokio::join!(stopping_after(""), stopping_after("first words"));
}

async fn stopping_after(begun: &'static str) {
    let receiver = Receiver::doing(move |mut connection| async move {
        connection.request().await;
        connection.write(format!("{HEAD}content-length: 1000\r\n\r\n{begun}")).await;
        connection.hang().await;
    })
    .await;
    let report = send(&impatient(ENOUGH_TO_BEGIN), &receiver.url()).await;
    assert_eq!(report.answer, cut_off(TransportError::TimedOut, 200));
    assert!(!report.answer.is_success());
    assert_eq!(report.excerpt, begun);
}

#[tokio::test]
async fn a_dripping_body_times_out_with_its_code() {
    let receiver = Receiver::doing(|mut connection| async move {
        connection.request().await;
        connection.write(format!("{HEAD}content-length: 4000\r\n\r\n")).await;
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            connection.write("a").await;
        }
    })
    .await;
    let report = send(&impatient(ENOUGH_TO_BEGIN), &receiver.url()).await;
    assert_eq!(report.answer, cut_off(TransportError::TimedOut, 200));
}

#[tokio::test]
async fn a_slow_response_within_the_timeout_succeeds() {
    let receiver = Receiver::doing(|mut connection| async move {
        connection.request().await;
        for byte in format!("{HEAD}content-length: 2\r\n\r\nok").into_bytes() {
            tokio::task::yield_now().await;
            connection.write([byte]).await;
        }
        connection.hang().await;
    })
    .await;
    let report = send(&patient(), &receiver.url()).await;
    assert_eq!(report.answer, status(200));
    assert_eq!(report.excerpt, "ok");
}

#[tokio::test]
async fn an_endless_body_is_read_only_up_to_the_limit() {
    for headers in ["", "content-length: 1000000000000\r\n"] {
        let (ended, mut written) = mpsc::unbounded_channel();
        let receiver = Receiver::doing(move |mut connection| {
            let ended = ended.clone();
            async move {
                connection.request().await;
                connection.write(format!("{HEAD}{headers}\r\n")).await;
                let _ = ended.send(connection.write_without_end(&[b'a'; 1024]).await);
            }
        })
        .await;
        let report = send(&patient(), &receiver.url()).await;
        assert_eq!(report.answer, status(200));
        assert_eq!(report.excerpt, "a".repeat(4096));
        // Ends because the sender drops the connection; the system's buffers hold what was written meanwhile.
        assert!(written.recv().await.unwrap() >= 4096);
        assert_eq!(receiver.connections(), 1);
    }
}

#[tokio::test]
async fn endless_headers_are_not_read() {
    for line in [&[b'a'; 1024][..], b"name: value\r\n"] {
        let (ended, mut written) = mpsc::unbounded_channel();
        let receiver = Receiver::doing(move |mut connection| {
            let ended = ended.clone();
            async move {
                connection.request().await;
                connection.write(HEAD).await;
                let _ = ended.send(connection.write_without_end(line).await);
            }
        })
        .await;
        let report = send(&patient(), &receiver.url()).await;
        assert_eq!(report.answer, nothing(TransportError::Broken));
        assert!(written.recv().await.unwrap() > 0);
    }
}

#[tokio::test]
async fn a_connection_lost_before_the_response_is_broken() {
    let closing = Receiver::doing(|mut connection| async move {
        connection.request().await;
    })
    .await;
    let resetting = Receiver::doing(|mut connection| async move {
        connection.request().await;
        connection.reset();
    })
    .await;
    for receiver in [closing, resetting] {
        let report = send(&patient(), &receiver.url()).await;
        assert_eq!(report.answer, nothing(TransportError::Broken));
    }
}

#[tokio::test]
async fn a_connection_lost_within_the_body_is_broken_with_its_code() {
    for head in ["content-length: 10", "transfer-encoding: chunked"] {
        let receiver = Receiver::doing(move |mut connection| async move {
            connection.request().await;
            connection.write(format!("{HEAD}{head}\r\n\r\n4\r\n")).await;
        })
        .await;
        let report = send(&patient(), &receiver.url()).await;
        assert_eq!(report.answer, cut_off(TransportError::Broken, 200));
    }
}

#[tokio::test]
async fn a_response_that_is_not_http_is_broken() {
    for garbage in [
        &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
        b"220 mail.example.com ESMTP\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: nine\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"<html>hello</html>\r\n\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
    ] {
        let receiver = Receiver::answering(garbage).await;
        let report = send(&patient(), &receiver.url()).await;
        assert_eq!(
            report.answer,
            nothing(TransportError::Broken),
            "{}",
            String::from_utf8_lossy(garbage)
        );
    }
}

#[tokio::test]
async fn a_closed_port_is_not_connected() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let report = send(&patient(), &format!("http://{address}/hook")).await;
    assert_eq!(report.answer, nothing(TransportError::NotConnected));
}

#[tokio::test]
async fn a_body_without_a_timestamp_placeholder_is_sent_unchanged() {
    use users_domain::ports::WebhookSender as _;

    let mut receiver = Receiver::trap().await;
    for offset in [0, 5, usize::MAX] {
        let mut webhook = super::webhook(&receiver.url());
        webhook.timestamp_offset = offset;
        let report = patient().send(webhook).await.unwrap();
        assert_eq!(report.answer, status(200));
        assert!(receiver.request().await.ends_with(super::BODY));
    }
}
