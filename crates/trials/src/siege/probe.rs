//! The working application: measures the latency and the failures of its requests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, sleep, timeout};

use super::Target;
use crate::Error;
use crate::api::{Api, http_client};
use crate::bench::Latency;

/// Timeout; longer than any acceptable response time.
const LIMIT: Duration = Duration::from_secs(10);
/// Pause between two requests.
const PAUSE: Duration = Duration::from_millis(20);
/// One of so many requests uses a new connection.
const NEW_CONNECTION_EACH: u64 = 5;
const USER: &str = "/v3/users/working/";
const KINDS: [&str; 1] = ["user.data.updated"];

/// Work of the working application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// Reads, lists and edits a user.
    Requests,
    /// Edits a user, and waits for the webhook.
    Webhooks,
    /// Exports the audit log.
    Exports,
}

/// Measurements of the working application.
#[derive(Debug, Clone)]
pub struct Probed {
    /// Latency of successful requests.
    pub latency: Latency,
    /// Failures and their numbers.
    pub failures: BTreeMap<String, u64>,
}

impl Probe {
    pub(super) const fn of(self, target: &Target) -> Prober<'_> {
        Prober { target, probe: self }
    }
}

pub(super) struct Prober<'a> {
    target: &'a Target,
    probe: Probe,
}

impl Prober<'_> {
    /// Sends requests one after the other for `phase`.
    ///
    /// # Errors
    /// If no client or no webhook destination can be created.
    pub(super) async fn run(self, phase: Duration) -> Result<Probed, Error> {
        let (pooled, fresh) = (http_client(LIMIT)?, fresh_connections()?);
        let mut webhooks = match self.probe {
            Probe::Webhooks => Some(Webhooks::subscribe(self.target).await?),
            Probe::Requests | Probe::Exports => None,
        };
        let (until, mut times, mut failures) =
            (Instant::now() + phase, Vec::new(), BTreeMap::new());
        for number in 0.. {
            if Instant::now() >= until {
                break;
            }
            let client = if number % NEW_CONNECTION_EACH == 0 { &fresh } else { &pooled };
            let began = Instant::now();
            let outcome = match &mut webhooks {
                Some(webhooks) => webhooks.round_trip(self.edit(client, number)).await,
                None => answered(self.request(client, number)).await,
            };
            match outcome {
                Ok(()) => times.push(i64::try_from(began.elapsed().as_micros())?),
                Err(failure) => *failures.entry(failure).or_insert(0) += 1,
            }
            sleep(PAUSE).await;
        }
        Ok(Probed { latency: Latency::of(times), failures })
    }

    fn request(&self, client: &Client, number: u64) -> RequestBuilder {
        match (self.probe, number % 3) {
            (Probe::Exports, _) => self
                .to(client, Method::GET, "/v3/audit-log/")
                .header("accept", "application/x-ndjson"),
            (_, 0) => self.to(client, Method::GET, USER),
            (_, 1) => self.to(client, Method::GET, "/v3/users/?limit=50"),
            _ => self.edit(client, number),
        }
    }

    fn edit(&self, client: &Client, number: u64) -> RequestBuilder {
        self.to(client, Method::PATCH, USER)
            .header("content-type", "application/json")
            .body(format!(r#"{{"display_name": "{}"}}"#, marker(number)))
    }

    fn to(&self, client: &Client, method: Method, path: &str) -> RequestBuilder {
        client
            .request(method, format!("http://{}{path}", self.target.address()))
            .header("x-api-key", &self.target.worker_key)
    }
}

/// Returns a unique name, so that each edit is a change.
fn marker(number: u64) -> String {
    let seed = testkit::unique_seed();
    format!("Works {number} {:?}", &seed[..8])
}

fn fresh_connections() -> Result<Client, Error> {
    Ok(Client::builder().no_proxy().timeout(LIMIT).pool_max_idle_per_host(0).build()?)
}

/// Checks that the complete response arrives and is a success.
async fn answered(request: RequestBuilder) -> Result<(), String> {
    let failed = |error: reqwest::Error| {
        let what = if error.is_timeout() { "no response in time" } else { "no response" };
        what.to_owned()
    };
    let answer = request.send().await.map_err(failed)?;
    let status = answer.status();
    answer.bytes().await.map_err(failed)?;
    if status.is_success() { Ok(()) } else { Err(format!("status {}", status.as_u16())) }
}

/// A destination of the working application.
struct Webhooks {
    arrived: UnboundedReceiver<()>,
}

impl Webhooks {
    async fn subscribe(target: &Target) -> Result<Self, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let (sender, arrived) = unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                tokio::spawn(receive(stream, move || sender.send(()).is_ok()));
            }
        });
        let api = Api::new(&target.worker_key)?;
        let kinds = KINDS.map(str::to_owned);
        api.add_destination(target.address(), &url, &kinds, true).await?;
        Ok(Self { arrived })
    }

    /// Sends a request and waits for the webhook that it causes.
    async fn round_trip(&mut self, request: RequestBuilder) -> Result<(), String> {
        while self.arrived.try_recv().is_ok() {}
        answered(request).await?;
        match timeout(LIMIT, self.arrived.recv()).await {
            Ok(Some(())) => Ok(()),
            _ => Err("no webhook in time".to_owned()),
        }
    }
}

/// Responds with 204 to requests of one connection while `arrived` returns true.
async fn receive(mut stream: TcpStream, arrived: impl Fn() -> bool) {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let Ok(read @ 1..) = stream.read(&mut buffer).await else {
            return;
        };
        bytes.extend(buffer.iter().take(read));
        let Some(whole) = request_length(&bytes).filter(|whole| *whole <= bytes.len()) else {
            continue;
        };
        bytes.drain(..whole);
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        if stream.write_all(answer).await.is_err() || !arrived() {
            return;
        }
    }
}

/// Returns the length of the first request, once its head is complete.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|end| end == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(bytes.get(..head)?).to_lowercase();
    let body = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse::<usize>().ok());
    Some(head + body.unwrap_or(0))
}

/// Opens a TCP connection to the service.
pub(super) async fn connect(address: SocketAddr) -> Option<TcpStream> {
    timeout(LIMIT, TcpStream::connect(address)).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_request_follows_from_a_complete_head() {
        assert_eq!(request_length(b"POST / HTTP/1.1\r\nContent-Le"), None);
        let request = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(request_length(request), Some(request.len()));
        assert_eq!(request_length(b"GET / HTTP/1.1\r\n\r\nmore"), Some(18));
    }
}
