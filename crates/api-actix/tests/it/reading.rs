//! Limits on the bytes that are read in advance, and on slow readers of responses.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{pause, sleep, timeout};

use crate::connections::{Client, Served};
use crate::support::{Api, request};

const PIPE: usize = 256 * 1024;

/// Sends `text` repeatedly until the pipe, which has room for `pipe` bytes, is full. Returns how many bytes the service
/// read.
async fn bytes_read(client: &mut Client, pipe: usize, text: &str) -> usize {
    let mut sent = 0_usize;
    let mut rest = text.as_bytes();
    while let Ok(written) = timeout(Duration::from_secs(1), client.stream.write(rest)).await {
        let Ok(written) = written else { break };
        sent += written;
        rest = rest.get(written..).unwrap_or_default();
        if rest.is_empty() {
            rest = text.as_bytes();
        }
    }
    sent.saturating_sub(pipe)
}

#[actix_web::test]
async fn requests_behind_an_unread_response_stay_unread() {
    pause();
    let api = Api::new().await;
    let unread = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: x\r\n\r\n".repeat(8);
    let with_body =
        request("POST /v3/users/create/", &api.owner, "content-length: 2", "{}") + &unread;
    for first in [unread, with_body] {
        for next in ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\n\n", "x"] {
            let served = Served::new(&api).await;
            let mut client = served.connect_over("192.0.2.1", PIPE);
            client.send(&(first.clone() + &next.repeat(7000))).await;
            let sent = first.len() + 7000 * next.len();
            let rest = PIPE - sent;
            let read = bytes_read(&mut client, rest, next).await;
            assert!(read < 16 * 1024, "{next:?}: {read}");
        }
    }
}

#[actix_web::test]
async fn pipelined_requests_get_responses_in_their_order() {
    pause();
    let served = Served::new(&Api::new().await).await;
    for pieces in [1, 7, 1000] {
        let mut client = served.connect_over("192.0.2.1", PIPE);
        let requests = [
            "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
            "GET /v3/users/ HTTP/1.1\r\nhost: HHTTP/1.1\r\n\r\n",
        ];
        let all = requests.concat().repeat(50);
        let (mut reading, mut writing) = tokio::io::split(client.stream);
        let sending = async {
            for piece in all.as_bytes().chunks(all.len() / pieces) {
                writing.write_all(piece).await.unwrap();
                sleep(Duration::from_millis(1)).await;
            }
            writing
        };
        let receiving = async {
            let mut text = String::new();
            while text.matches("HTTP/1.1 ").count() < 100 {
                let mut piece = [0; 1024];
                let read = reading.read(&mut piece).await.unwrap();
                text.push_str(std::str::from_utf8(&piece[..read]).unwrap());
            }
            text
        };
        let (writing, text) = tokio::join!(sending, receiving);
        let statuses = text.match_indices("HTTP/1.1 ");
        let statuses = statuses.map(|(place, found)| &text[place + found.len()..][..3]);
        let expected = ["200", "401"].into_iter().cycle().take(100);
        assert!(statuses.eq(expected), "{text}");
        client.stream = reading.unsplit(writing);
    }
}

#[actix_web::test]
async fn few_clients_may_send_long_heads() {
    pause();
    let served = Served::new(&Api::new().await).await;
    let half = |bytes| format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: {}", "x".repeat(bytes));
    let mut long = 0;
    let mut waiting = Vec::new();
    for _ in 0..40 {
        let mut client = served.connect_over("192.0.2.1", 1024);
        let head = half(70_000);
        let send = client.stream.write_all(head.as_bytes());
        let all = timeout(Duration::from_millis(1), send).await;
        long += usize::from(all.is_ok());
        waiting.push(client);
    }
    assert_eq!(long, 32);
    assert_eq!(waiting.pop().unwrap().status().await, 408);
    let mut others = served.connect_over("192.0.2.2", PIPE);
    others.send(&format!("{}\r\n\r\n", half(70_000))).await;
    let answer = others.rest().await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    drop(waiting);
    let mut later = served.connect_over("192.0.2.1", PIPE);
    later.send(&format!("{}\r\n\r\n", half(70_000))).await;
    assert_eq!(later.status().await, 200);
}

#[actix_web::test]
async fn a_client_that_reads_too_slowly_is_disconnected() {
    pause();
    let served = Served::new(&Api::new().await).await;
    let mut client = served.connect_over("192.0.2.1", 64);
    client.send("GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut pieces_read = 0;
    while client.stream.read(&mut [0; 64]).await.unwrap() > 0 {
        pieces_read += 1;
        assert!(pieces_read < 10, "it is still being sent");
        sleep(Duration::from_secs(50)).await;
    }
}
