//! Tests of connection timeouts and limits over in-memory pipes. Time is paused and advances when every task is idle.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Service as _, ServiceFactory as _};
use actix_web::rt::spawn;
use actix_web::rt::task::JoinHandle;
use api_actix::{ConnectionLimits, ConnectionMetrics, Connections, app, routes};
use async_trait::async_trait;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::time::{Instant, pause, sleep, timeout};
use users_domain::ports::{Readiness, StoreError};

use crate::access::forms;
use crate::support::{Api, request};

/// Longer than the sum of all timeouts of the service.
const TEST_TIMEOUT: Duration = Duration::from_mins(5);

const CREATE: &str = "POST /v3/users/create/";
const PROBE: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";

/// The API, served over pipes.
pub(crate) struct Served {
    connections: Connections,
    registry: Registry,
    open: Box<dyn Fn(DuplexStream, SocketAddr) -> JoinHandle<()>>,
}

impl Served {
    pub(crate) async fn new(api: &Api) -> Self {
        Self::with(ConnectionLimits::default(), api).await
    }

    async fn with(limits: ConnectionLimits, api: &Api) -> Self {
        let mut registry = Registry::default();
        let metrics = ConnectionMetrics::registered(&mut registry);
        let trusts = Arc::new(|address: std::net::IpAddr| address.to_string().starts_with("10."));
        let connections = Connections::new(limits, trusts, metrics);
        let factory = connections.service(app(api.state.clone()), None);
        let service = factory.new_service(()).await.unwrap();
        let open = Box::new(move |io, peer| {
            let served = service.call((io, peer));
            spawn(async move { drop(served.await) })
        });
        Self { connections, registry, open }
    }

    /// Opens a connection over a pipe that buffers this many bytes.
    pub(crate) fn connect_over(&self, peer: &str, bytes: usize) -> Client {
        let (stream, other) = duplex(bytes);
        let ended = (self.open)(other, SocketAddr::new(peer.parse().unwrap(), 4000));
        Client { stream, ended }
    }

    fn connect(&self, peer: &str) -> Client {
        self.connect_over(peer, 64 * 1024)
    }

    fn has_metric(&self, line: &str) -> bool {
        let mut text = String::new();
        encode(&mut text, &self.registry).unwrap();
        text.lines().any(|shown| shown == line)
    }
}

pub(crate) struct Client {
    pub(crate) stream: DuplexStream,
    ended: JoinHandle<()>,
}

impl Client {
    pub(crate) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads a whole response and returns its status; 0 if the connection ends without a response.
    pub(crate) async fn status(&mut self) -> u16 {
        timeout(TEST_TIMEOUT, self.read_status()).await.unwrap()
    }

    async fn read_status(&mut self) -> u16 {
        let mut response = Vec::new();
        let length = loop {
            let Ok(byte) = self.stream.read_u8().await else {
                return 0;
            };
            response.push(byte);
            if let Some(head) = response.strip_suffix(b"\r\n\r\n") {
                let head = String::from_utf8(head.to_vec()).unwrap().to_lowercase();
                let length = head.split_once("content-length: ").unwrap().1;
                break length.split("\r\n").next().unwrap().parse().unwrap();
            }
        };
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        String::from_utf8_lossy(&response[9..12]).parse().unwrap()
    }

    async fn probe(&mut self) -> u16 {
        self.send(PROBE).await;
        self.status().await
    }

    /// Reads all responses until the connection ends.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).await.unwrap();
        rest
    }

    /// Whether the server closes the connection within [`TEST_TIMEOUT`] while the client reads and keeps sending `drip`.
    async fn closes(self, drip: &'static str) -> bool {
        let (mut reading, mut writing) = tokio::io::split(self.stream);
        spawn(async move {
            let mut rest = Vec::new();
            let _ = reading.read_to_end(&mut rest).await;
        });
        spawn(async move {
            while !drip.is_empty() && writing.write_all(drip.as_bytes()).await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        timeout(TEST_TIMEOUT, self.ended).await.is_ok()
    }

    /// As [`Client::closes`], for a client that does not read.
    async fn closes_unread(self) -> bool {
        timeout(TEST_TIMEOUT, self.ended).await.is_ok()
    }
}

#[actix_web::test]
async fn every_route_closes_stalled_connections() {
    pause();
    let api = Api::new().await;
    let served = Served::new(&api).await;
    for route in routes() {
        let line = format!("{} {}", route.method, forms(route)[1]);
        let sent = |headers: &str, body: &str| request(&line, &api.owner, headers, body);
        let half = sent("x-half: ", "");
        let half = half.trim_end();
        let announced = sent("content-length: 100", "{\"a\":");
        for (name, sent, drip) in [
            ("half a head", half, ""),
            ("a head that drips", half, "x"),
            ("half a body", &announced, ""),
            ("a body that drips", &announced, " "),
            ("chunks that drip", &sent("transfer-encoding: chunked", ""), "1\r\n \r\n"),
        ] {
            for earlier in [0, 1] {
                let mut client = served.connect("192.0.2.1");
                for _ in 0..earlier {
                    assert_eq!(client.probe().await, 200);
                }
                client.send(sent).await;
                assert!(client.closes(drip).await, "{line}: {name} after {earlier} requests");
            }
        }
        let mut not_reading = served.connect_over("192.0.2.1", 64);
        not_reading.send(&sent("content-length: 2", "{}")).await;
        assert!(not_reading.closes_unread().await, "{line}: unread response");
    }
}

#[actix_web::test]
async fn each_wait_has_its_own_limit() {
    pause();
    let limits = ConnectionLimits::default();
    let served = Served::with(limits, &Api::new().await).await;
    let half = "GET /healthz HTTP/1.1\r\nx-half: ";
    for earlier in [0, 1, 2] {
        for (sent, limit, status) in [("", limits.idle, 0), (half, limits.head, 408)] {
            let mut client = served.connect("192.0.2.1");
            for _ in 0..earlier {
                assert_eq!(client.probe().await, 200);
            }
            client.send(sent).await;
            let start = Instant::now();
            let first = earlier == 0;
            let (limit, status) = if first { (limits.head, 408) } else { (limit, status) };
            assert_eq!(client.status().await, status, "{sent:?} after {earlier}");
            let elapsed = start.elapsed();
            let maximum = limit + Duration::from_millis(10);
            assert!(elapsed >= limit && elapsed <= maximum, "{sent:?}: {elapsed:?}");
        }
    }
    assert!(served.has_metric("http_connections_closed_total{reason=\"idle\"} 2"));
    assert!(served.has_metric("http_connections_closed_total{reason=\"slow_head\"} 4"));
    assert!(served.has_metric("http_connections 0"));
    assert!(served.has_metric("http_connections_opened_total 6"));
}

fn limited(total: usize, per_client: usize) -> ConnectionLimits {
    ConnectionLimits { total, per_client, ..ConnectionLimits::default() }
}

/// States in which a client stalls, and the data that it has sent before.
fn stalls(api: &Api) -> [(&'static str, String); 4] {
    [
        ("nothing", String::new()),
        ("one response", PROBE.to_owned()),
        ("half a head", "GET /healthz HTTP/1.1\r\nx-half: ".to_owned()),
        ("half a body", request(CREATE, &api.owner, "content-length: 100", "{")),
    ]
}

#[actix_web::test]
async fn the_longest_waiting_connection_is_closed_for_a_new_one() {
    pause();
    let api = Api::new().await;
    for (limits, others) in [(limited(3, 9), "192.0.2.2"), (limited(9, 3), "192.0.2.1")] {
        for (name, sent) in stalls(&api) {
            let served = Served::with(limits, &api).await;
            let mut waiting = Vec::new();
            for _ in 0..3 {
                let mut client = served.connect("192.0.2.1");
                client.send(&sent).await;
                sleep(Duration::from_millis(1)).await;
                waiting.push(client);
            }
            let mut new_client = served.connect(others);
            assert_eq!(new_client.probe().await, 200, "{name}");
            let ended: Vec<_> = waiting.iter().map(|client| client.ended.is_finished()).collect();
            assert_eq!(ended, [true, false, false], "{name}");
            assert!(served.has_metric("http_connections_closed_total{reason=\"made_room\"} 1"));
        }
    }
}

#[actix_web::test]
async fn the_client_with_most_waiting_connections_loses_one() {
    pause();
    let served = Served::with(limited(4, 3), &Api::new().await).await;
    let mut first = served.connect("192.0.2.1");
    assert_eq!(first.probe().await, 200);
    let many: Vec<_> = (0..3).map(|_| served.connect("2001:db8::1")).collect();
    let others: Vec<_> =
        ["2001:db8::2", "192.0.2.3", "192.0.2.4"].map(|peer| served.connect(peer)).into();
    sleep(Duration::from_millis(1)).await;
    assert_eq!(first.probe().await, 200);
    let ended = many.iter().chain(&others);
    let ended: Vec<_> = ended.map(|client| client.ended.is_finished()).collect();
    // A /64 network of IPv6 is one client.
    assert_eq!(ended, [true, true, true, false, false, false]);
}

#[actix_web::test]
async fn a_trusted_proxy_may_use_all_connections() {
    pause();
    let served = Served::with(limited(3, 1), &Api::new().await).await;
    let mut proxied: Vec<_> = (0..3).map(|_| served.connect("10.0.0.1")).collect();
    for client in &mut proxied {
        assert_eq!(client.probe().await, 200);
    }
    assert!(proxied.iter().all(|client| !client.ended.is_finished()));
}

/// Responds after a second.
struct SlowStore;

#[async_trait]
impl Readiness for SlowStore {
    async fn check(&self) -> Result<(), StoreError> {
        sleep(Duration::from_secs(1)).await;
        Ok(())
    }
}

const SLOW_PROBE: &str = "GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n";

async fn slow_api() -> Api {
    Api::with(|ports| ports.readiness = Arc::new(SlowStore)).await
}

#[actix_web::test]
async fn a_connection_with_a_running_request_is_not_closed() {
    pause();
    let served = Served::with(limited(2, 9), &slow_api().await).await;
    let mut busy = [served.connect("192.0.2.1"), served.connect("192.0.2.1")];
    for client in &mut busy {
        client.send(SLOW_PROBE).await;
    }
    sleep(Duration::from_millis(1)).await;
    assert_eq!(served.connect("192.0.2.2").status().await, 0);
    assert!(served.has_metric("http_connections_refused_total 1"));
    for client in &mut busy {
        assert_eq!(client.status().await, 200);
    }
    assert_eq!(served.connect("192.0.2.2").probe().await, 200);
}

#[actix_web::test]
async fn a_drained_connection_serves_one_more_request_and_closes() {
    pause();
    let served = Served::new(&Api::new().await).await;
    let mut earlier = served.connect("192.0.2.1");
    assert_eq!(earlier.probe().await, 200);
    served.connections.drain();
    for mut client in [earlier, served.connect("192.0.2.1")] {
        client.send(PROBE).await;
        let response = client.rest().await;
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        assert!(response.contains("connection: close\r\n"), "{response}");
    }
}

/// The client sends its next requests before it receives the response.
#[actix_web::test]
async fn no_request_runs_after_the_last_response_of_a_connection() {
    pause();
    let long = format!("x-long: {}\r\n", "x".repeat(9000));
    for (header, drains) in [("connection: close\r\n", false), (long.as_str(), false), ("", true)] {
        let api = slow_api().await;
        let served = Served::new(&api).await;
        let mut client = served.connect("192.0.2.1");
        let slow = SLOW_PROBE.replace("host: x\r\n", &format!("host: x\r\n{header}"));
        let create = request(CREATE, &api.owner, "content-length: 21", "{\"vendor_data\":\"ada\"}");
        client.send(&(slow + &create + PROBE)).await;
        sleep(Duration::from_millis(1)).await;
        if drains {
            served.connections.drain();
        }
        let responses = client.rest().await;
        assert_eq!(responses.matches("HTTP/1.1 ").count(), 1, "{responses}");
        assert!(responses.contains("connection: close\r\n"), "{responses}");
        assert_eq!(api.get("/v3/users/ada/").await.status, 404, "{header}");
    }
}

/// The `connection: close` of a pipelined request does not apply to the response before it.
#[actix_web::test]
async fn connection_close_applies_to_its_own_request_only() {
    pause();
    let served = Served::new(&slow_api().await).await;
    let mut client = served.connect("192.0.2.1");
    let last = PROBE.replace("host: x\r\n", "host: x\r\nconnection: close\r\n");
    client.send(&(SLOW_PROBE.to_owned() + &last)).await;
    let responses = client.rest().await;
    let responses: Vec<_> = responses.split("HTTP/1.1 200").skip(1).collect();
    let closes = |response: &&str| response.contains("connection: close\r\n");
    let closes: Vec<_> = responses.iter().map(closes).collect();
    assert_eq!(closes, [false, true], "{responses:?}");
}

#[actix_web::test]
async fn closing_finishes_running_requests_only() {
    pause();
    let api = slow_api().await;
    let served = Served::new(&api).await;
    let mut opened = Vec::new();
    for (name, sent) in stalls(&api) {
        let mut client = served.connect("192.0.2.1");
        client.send(&sent).await;
        opened.push((name, client));
    }
    let mut busy = served.connect("192.0.2.1");
    busy.send(SLOW_PROBE).await;
    let mut reading = served.connect_over("192.0.2.1", 64);
    reading.send(PROBE).await;
    sleep(Duration::from_millis(1)).await;

    let closing = served.connections.close(Duration::from_mins(2));
    let clients = async {
        for (name, client) in &mut opened {
            if *name == "half a body" {
                client.send("\"vendor_data\":\"ada\"}").await;
                client.send(&" ".repeat(100)).await;
                assert_eq!(client.status().await, 201);
            } else {
                if *name == "one response" {
                    assert_eq!(client.status().await, 200);
                }
                assert_eq!(client.status().await, 0, "{name}");
            }
        }
        assert_eq!(served.connect("192.0.2.2").status().await, 0);
        assert_eq!(busy.status().await, 200);
        assert_eq!(reading.status().await, 200);
    };
    let (in_time, ()) = tokio::join!(closing, clients);
    assert!(in_time);
}

#[actix_web::test]
async fn closing_does_not_wait_longer_than_its_grace() {
    pause();
    let served = Served::new(&slow_api().await).await;
    let mut busy = served.connect("192.0.2.1");
    busy.send(SLOW_PROBE).await;
    sleep(Duration::from_millis(1)).await;
    assert!(!served.connections.close(Duration::from_millis(900)).await);
    assert!(served.connections.close(Duration::from_millis(200)).await);
}
