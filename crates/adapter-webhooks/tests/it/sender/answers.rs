use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName};
use svix::webhooks::Webhook;
use users_domain::model::Timestamp;
use users_domain::model::webhooks::{Answer, RetryAfter};

use super::receiver::Receiver;
use super::{UNIX_SECONDS, patient, secret, send, status};

pub(super) fn answer(status_line: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status_line}\r\n{headers}content-length: {length}\r\n\r\n{body}")
}

pub(super) fn parts(request: &str) -> (&str, HeaderMap, &str) {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let (line, head) = head.split_once("\r\n").unwrap();
    let headers = head
        .lines()
        .map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())
        })
        .collect();
    (line, headers, body)
}

/// Whether the signature is valid, by an independent implementation.
pub(super) fn is_signed(body: &str, headers: &HeaderMap) -> bool {
    let webhook = Webhook::new(&secret().standard_secret()).unwrap();
    webhook.verify_ignoring_timestamp(body.as_bytes(), headers).is_ok()
}

#[tokio::test]
async fn a_delivery_arrives_signed_with_the_time_of_the_attempt() {
    let mut receiver = Receiver::answering(answer("200 OK", "", "thanks")).await;
    let report = send(&patient(), &receiver.url()).await;
    assert_eq!(report.answer, status(200));
    assert_eq!(report.excerpt, "thanks");

    let request = receiver.request().await;
    let (line, headers, body) = parts(&request);
    assert_eq!(line, "POST /hook HTTP/1.1");
    assert_eq!(headers["content-type"], "application/json");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(headers["user-agent"], format!("users-service/{version}"));
    assert_eq!(headers["host"], receiver.address.to_string());
    assert_eq!(
        body,
        format!(
            r#"{{"status":"ACTIVE","timestamp":{UNIX_SECONDS},"webhook_type":"user.status.updated"}}"#
        )
    );
    assert_eq!(headers["x-timestamp"], UNIX_SECONDS);
    assert_eq!(headers["webhook-timestamp"], UNIX_SECONDS);
    assert_eq!(headers["webhook-id"], "0f3c9a1e-6c1b-7a55-9d43-2d4b5f6a7b8c");
    assert!(is_signed(body, &headers));
    for name in ["x-signature", "x-signature-v2", "x-signature-simple"] {
        assert_eq!(headers[name].len(), 64, "{name}");
    }
    for unwanted in ["referer", "cookie", "accept-encoding", "authorization"] {
        assert!(!headers.contains_key(unwanted), "{unwanted}");
    }
}

#[tokio::test]
async fn a_connection_is_reused_for_the_next_attempt() {
    let receiver = Receiver::answering(answer("200 OK", "", "ok")).await;
    let sender = patient();
    for _ in 0..5 {
        assert_eq!(send(&sender, &receiver.url()).await.answer, status(200));
    }
    assert_eq!(receiver.connections(), 1);
}

#[tokio::test]
async fn a_connection_closed_by_the_receiver_is_replaced() {
    let receiver = Receiver::answering(answer("200 OK", "connection: close\r\n", "")).await;
    let sender = patient();
    for _ in 0..3 {
        assert_eq!(send(&sender, &receiver.url()).await.answer, status(200));
    }
    assert_eq!(receiver.connections(), 3);
}

#[tokio::test]
async fn interim_responses_are_skipped() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let receiver = Receiver::answering(format!("{interim}{}", answer("200 OK", "", "ok"))).await;
    let report = send(&patient(), &receiver.url()).await;
    assert_eq!((report.answer, report.excerpt.as_str()), (status(200), "ok"));
}

#[tokio::test]
async fn retry_after_is_parsed_in_every_form() {
    let seconds = |count| Some(RetryAfter::In(Duration::from_secs(count)));
    let date = Timestamp::parse("2026-03-31T16:00:00Z").unwrap();
    let sender = patient();
    for code in [429, 503] {
        for (value, expected) in [
            ("120", seconds(120)),
            ("0", seconds(0)),
            ("1000000000", seconds(1_000_000_000)),
            ("99999999999999999999999999", seconds(u64::MAX)),
            ("Tue, 31 Mar 2026 16:00:00 GMT", Some(RetryAfter::At(date))),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
            ("\u{e9}", None),
            ("", None),
        ] {
            let header = format!("retry-after: {value}\r\n");
            let receiver = Receiver::answering(answer(&format!("{code} Busy"), &header, "")).await;
            let report = send(&sender, &receiver.url()).await;
            let retry_after = expected;
            assert_eq!(report.answer, Answer::Status { code, retry_after }, "{value}");
        }
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_complete() {
    let body = "é".repeat(2048);
    assert_eq!(body.len(), 4096);
    let receiver = Receiver::answering(answer("200 OK", "", &body)).await;
    let report = send(&patient(), &receiver.url()).await;
    assert_eq!(report.answer, status(200));
    assert_eq!(report.excerpt, body);
}

#[tokio::test]
async fn a_body_that_is_not_utf8_is_decoded_lossily() {
    let mut bytes = b"HTTP/1.1 500 So\r\ncontent-length: 4\r\n\r\n".to_vec();
    bytes.extend([b'a', 0xff, 0xfe, b'b']);
    let receiver = Receiver::answering(bytes).await;
    let report = send(&patient(), &receiver.url()).await;
    assert_eq!(report.answer, status(500));
    assert_eq!(report.excerpt, "a\u{fffd}\u{fffd}b");
}

#[tokio::test]
async fn chunked_and_close_delimited_responses_are_read_completely() {
    let chunked =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
    let receiver = Receiver::answering(chunked).await;
    let report = send(&patient(), &receiver.url()).await;
    assert_eq!((report.answer, report.excerpt.as_str()), (status(200), "abc"));

    let receiver = Receiver::doing(|mut connection| async move {
        connection.request().await;
        connection.write("HTTP/1.1 200 OK\r\n\r\nabc").await;
    })
    .await;
    let report = send(&patient(), &receiver.url()).await;
    assert_eq!((report.answer, report.excerpt.as_str()), (status(200), "abc"));
}

#[tokio::test]
async fn a_compressed_response_is_not_decompressed() {
    let packed = answer("200 OK", "content-encoding: gzip\r\n", "not gzip at all");
    let receiver = Receiver::answering(packed).await;
    let report = send(&patient(), &receiver.url()).await;
    assert_eq!((report.answer, report.excerpt.as_str()), (status(200), "not gzip at all"));
}
