//! Tests that need a real server on a real connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use api_actix::{ConnectionLimits, ConnectionMetrics, Connections, app};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Api, request};

/// The time limit for a server to respond and close the connection.
const LIMIT: Duration = Duration::from_secs(20);

/// The API on its own port.
pub(crate) struct Server {
    api: Api,
    address: SocketAddr,
    handle: ServerHandle,
}

impl Server {
    async fn start() -> Self {
        let api = Api::new().await;
        api.user("ada").await;
        Self::over(api)
    }

    pub(crate) fn over(api: Api) -> Self {
        let state = api.state.clone();
        let connections = Connections::new(
            ConnectionLimits::default(),
            Arc::new(|_| false),
            ConnectionMetrics::default(),
        );
        let (server, address) =
            connections.listen(move || app(state.clone()), ([127, 0, 0, 1], 0).into(), 1).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { api, address, handle }
    }

    /// Sends the request and returns all bytes that the server sends until it closes the connection.
    pub(crate) async fn exchange(&self, request: &[u8]) -> String {
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.unwrap();
            // The server may respond and close before it has read the whole request.
            let _ = stream.write_all(request).await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            String::from_utf8_lossy(&answer).into_owned()
        };
        tokio::time::timeout(LIMIT, exchange).await.unwrap()
    }

    /// Sends a request with a JSON body, which is padded with spaces to this length.
    async fn post(&self, path: &str, headers: &str, body: &str, length: usize) -> String {
        let headers =
            format!("{headers}content-type: application/json\r\ncontent-length: {length}\r\n");
        let mut request = self.head(&format!("POST {path} HTTP/1.1"), &headers);
        request.extend_from_slice(body.as_bytes());
        request.extend(std::iter::repeat_n(b' ', length - body.len()));
        self.exchange(&request).await
    }

    pub(crate) fn head(&self, first_line: &str, headers: &str) -> Vec<u8> {
        let key = &self.api.owner;
        format!("{first_line}\r\nhost: x\r\nx-api-key: {key}\r\nconnection: close\r\n{headers}\r\n")
            .into_bytes()
    }

    pub(crate) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

#[track_caller]
fn assert_status(answer: &str, status: u16) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
}

#[actix_web::test]
async fn head_returns_the_headers_of_get_without_a_body() {
    let server = Server::start().await;
    let get = server.exchange(&server.head("GET /v3/users/ada/ HTTP/1.1", "")).await;
    let head = server.exchange(&server.head("HEAD /v3/users/ada HTTP/1.1", "")).await;
    assert_status(&head, 200);
    let (headers, body) = head.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "");
    let length = |headers: &str| {
        headers.lines().find(|line| line.starts_with("content-length")).map(str::to_owned)
    };
    assert!(headers.contains("etag: "));
    assert_eq!(length(headers), length(&get));
    server.stop().await;
}

#[actix_web::test]
async fn paths_are_matched_as_sent() {
    let server = Server::start().await;
    for (target, status) in [
        ("/v3/users/ada/", 200),
        ("http://elsewhere/v3/users/ada/", 200),
        ("/v3/users/%61da", 200),
        ("/v3/users/%FF/", 404),
        ("/v3/users/%C3%28/", 404),
        ("/v3/users/%00/", 400),
        ("/v3/users/../users/ada/", 404),
        ("/v3//users/ada/", 404),
        ("/v3/users/ada//", 404),
        ("/v3%2Fusers%2Fada/", 404),
    ] {
        let answer = server.exchange(&server.head(&format!("GET {target} HTTP/1.1"), "")).await;
        assert_status(&answer, status);
    }
    server.stop().await;
}

#[actix_web::test]
async fn a_body_above_its_limit_is_refused_with_and_without_a_length() {
    let server = Server::start().await;
    let line = "POST /v3/users/create/ HTTP/1.1";
    let announced = "content-type: application/json\r\ncontent-length: 262145\r\n";
    let answer = server.exchange(&server.head(line, announced)).await;
    assert_status(&answer, 413);

    let chunked = "content-type: application/json\r\ntransfer-encoding: chunked\r\n";
    let mut request = server.head(line, chunked);
    for _ in 0..300 {
        request.extend_from_slice(b"400\r\n");
        request.extend(std::iter::repeat_n(b' ', 1024));
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    assert_status(&server.exchange(&request).await, 413);

    let fits = server.post("/v3/users/create/", "", "{\"vendor_data\":\"fits\"}", 262_144).await;
    assert_status(&fits, 201);
    let names = "{\"vendor_data_list\":[\"fits\"]}";
    let answer = server.post("/v3/users/delete/", "", names, 4_194_304).await;
    assert_status(&answer, 200);
    assert!(answer.ends_with("{\"deleted\":1}"), "{answer}");
    // Most clients send the whole request before they read the response.
    for (header, status) in [("x-ignored: 1\r\n", 413), ("x-api-key: second\r\n", 401)] {
        let answer = server.post("/v3/users/create/", header, "", 8_388_608).await;
        assert_status(&answer, status);
    }
    server.stop().await;
}

#[actix_web::test]
async fn a_query_over_its_limit_is_an_error_of_the_api() {
    let server = Server::start().await;
    for (filler, status) in [(61_440 - 2, 200), (61_440 - 1, 400)] {
        let line = format!("GET /v3/users/?x={} HTTP/1.1", "x".repeat(filler));
        let answer = server.exchange(&server.head(&line, "")).await;
        assert_status(&answer, status);
        assert!(answer.ends_with('}'), "{answer}");
    }
    server.stop().await;
}

#[actix_web::test]
async fn malformed_http_gets_no_text_of_the_framework() {
    let server = Server::start().await;
    for request in [
        b"GARBAGE\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n".to_vec(),
        server.head(&format!("GET /v3/users/{}/ HTTP/1.1", "x".repeat(200_000)), ""),
    ] {
        let answer = server.exchange(&request).await;
        let (status, body) =
            (answer.get(9..10), answer.split_once("\r\n\r\n").map_or("", |(_, body)| body));
        assert!(matches!(status, None | Some("4")), "{answer}");
        assert_eq!(body, "");
    }
    server.stop().await;
}

#[actix_web::test]
async fn the_next_request_on_a_connection_is_served_after_a_refused_body() {
    let server = Server::start().await;
    let refused = "POST /v3/users/create/ HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                   content-length: 2\r\n\r\n{}";
    let next = server.head("GET /v3/users/ada/ HTTP/1.1", "");
    let answers = server.exchange(&[refused.as_bytes(), &next].concat()).await;
    assert_status(&answers, 401);
    assert_eq!(answers.matches("connection: close").count(), 1, "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 1, "{answers}");
    server.stop().await;
}

/// If a connection is closed with unread bytes, TCP discards data that the client has not read yet.
#[actix_web::test]
async fn responses_arrive_although_later_bytes_are_not_read() {
    let server = Server::start().await;
    let key = &server.api.owner;
    let get = format!("GET /v3/users/ada/ HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\r\n");
    let malformed =
        request("POST /v3/users/create/", key, "transfer-encoding: chunked", "no size\r\n");
    let last = "GET /openapi.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    for (end, status) in [(malformed.as_str(), 400), ("no HTTP\r\n\r\n", 400), (last, 200)] {
        let request = get.repeat(3) + end + &get.repeat(1000);
        let answers = server.exchange(request.as_bytes()).await;
        let statuses: Vec<_> = answers.split("HTTP/1.1 ").skip(1).collect();
        let statuses: Vec<_> = statuses.iter().map(|answer| &answer[..3]).collect();
        assert_eq!(statuses, ["200", "200", "200", &status.to_string()], "{end}");
    }
    server.stop().await;
}

/// The rest of the body never arrives. The server responds before the client's own time limit, in both error formats.
#[actix_web::test]
async fn an_incomplete_body_gets_a_timeout_error() {
    let api = Api::with(|ports| ports.settings.request_timeout = Duration::from_secs(2)).await;
    let server = Server::over(api);
    for (accept, expected) in [
        ("application/json", "{\"detail\":\"The body did not arrive in time.\"}"),
        ("application/problem+json", "\"code\":\"request_timeout\""),
    ] {
        let headers = format!(
            "content-type: application/json\r\ncontent-length: 100\r\naccept: {accept}\r\n"
        );
        let mut request = server.head("POST /v3/users/create/ HTTP/1.1", &headers);
        request.extend_from_slice(b"{\"vendor_data\":");
        let answer = server.exchange(&request).await;
        assert_status(&answer, 408);
        assert!(answer.contains(expected), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
    server.stop().await;
}
