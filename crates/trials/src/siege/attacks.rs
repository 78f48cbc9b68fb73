//! The attacks.

use std::net::SocketAddr;
use std::time::Duration;

use clap::ValueEnum;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{interval, sleep};

use super::probe::connect;
use super::target::{BATCH, CREATE, PaddedBatch, REPORTS, report};
use super::{MEBIBYTE, Probe, Target};
use crate::Trouble;
use crate::api::Api;

const SOCKETS: usize = 1_500;
const SLOW_BODIES: usize = 200;
const SILENT_READERS: usize = 300;
const READERS: usize = 10;
const DESTINATIONS: usize = 50;
const DELETE: &str = "/v3/users/delete/";
const LARGE_BODIES: usize = 16;
const BATCHES: usize = 64;
/// What a rate limit of 600 reads or 300 writes a minute leaves to all of them together.
const READS: Duration = Duration::from_millis(100);
const WRITES: Duration = Duration::from_millis(200);
const BYTE_EACH: Duration = Duration::from_secs(1);
const AGAIN_AFTER: Duration = Duration::from_millis(500);
const COSTLY: &str = "/v3/users/?search=a.&metadata.tier=gold&tag=common&count=exact&offset=9999&ordering=display_name";
const DEEP: &str = "/v3/users/?offset=1000000";
const WHOLE_LIST: &str = "/v3/users/?limit=1000&count=none";

/// What one application, or a client without a key, does to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Attack {
    /// Connections that answered one request and begin a second one.
    IdleHeads,
    /// Bodies that arrive byte by byte.
    SlowBodies,
    /// Answers that are not read: the script of the interactive page, and large lists.
    SilentReaders,
    /// The most expensive lists that a READER may ask for.
    CostlyReads,
    /// Pages far from the beginning.
    DeepOffsets,
    /// Batches of reports.
    Batches,
    /// Bodies with millions of entries.
    LargeBodies,
    /// 64 bodies of 2 MiB at once.
    ManyBatches,
    /// Edits of the largest metadata.
    LargeEdits,
    /// Exports that are read slowly.
    SlowExports,
    /// Destinations that never answer.
    HangingReceivers,
}

impl Attack {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// The most memory that the process may have meanwhile, in bytes.
    #[must_use]
    pub const fn most_memory(self) -> u64 {
        match self {
            Self::ManyBatches => 200 * MEBIBYTE,
            _ => 120 * MEBIBYTE,
        }
    }

    /// What the working application does meanwhile.
    pub(super) const fn probe(self) -> Probe {
        match self {
            Self::HangingReceivers => Probe::Webhooks,
            Self::SlowExports => Probe::Exports,
            _ => Probe::Requests,
        }
    }

    /// Starts the attackers, one of so many.
    pub(super) fn start(self, target: &Target, one_of: usize, attackers: &mut JoinSet<()>) {
        match self {
            Self::IdleHeads
            | Self::SlowBodies
            | Self::SilentReaders
            | Self::SlowExports
            | Self::HangingReceivers => self.connect(target, one_of, attackers),
            _ => self.ask(target, one_of, attackers),
        }
    }

    /// Clients that keep connections.
    fn connect(self, target: &Target, one_of: usize, attackers: &mut JoinSet<()>) {
        let address = target.address();
        match self {
            Self::IdleHeads => {
                for _ in 0..SOCKETS / one_of {
                    attackers.spawn(again(move || idle_head(address)));
                }
            }
            Self::SlowBodies => {
                let key = target.owner_key.clone();
                for _ in 0..SLOW_BODIES / one_of {
                    let key = key.clone();
                    attackers.spawn(again(move || slow_body(address, key.clone())));
                }
            }
            Self::SilentReaders => {
                let script = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n".repeat(8);
                let list = get(WHOLE_LIST, &target.reader_key, "");
                for number in 0..SILENT_READERS / one_of {
                    let request = if number % 8 == 0 { &list } else { &script }.clone();
                    attackers.spawn(again(move || unread(address, request.clone())));
                }
            }
            Self::SlowExports => {
                let request = get(
                    "/v3/audit-log/",
                    &target.owner_key,
                    "Accept: application/x-ndjson\r\n",
                );
                for _ in 0..READERS {
                    let request = request.clone();
                    attackers.spawn(again(move || dripping(address, request.clone())));
                }
            }
            Self::HangingReceivers => {
                let key = target.owner_key.clone();
                attackers.spawn(async move {
                    let _ = hang(address, &key).await;
                });
            }
            _ => {}
        }
    }

    /// Clients that send requests.
    fn ask(self, target: &Target, one_of: usize, attackers: &mut JoinSet<()>) {
        let address = target.address();
        match self {
            Self::CostlyReads | Self::DeepOffsets => {
                let path = if self == Self::DeepOffsets {
                    DEEP
                } else {
                    COSTLY
                };
                let list = move |api: Api, _| async move {
                    let _ = api.send(address, Method::GET, path, &Value::Null).await;
                };
                paced(attackers, READERS, READS, &target.reader_key, list);
            }
            Self::Batches => paced(
                attackers,
                4,
                Duration::from_millis(1),
                &target.service_key,
                move |api, number| async move {
                    let batch: Vec<_> = (0..BATCH)
                        .map(|at| report(1_000_000 + number * BATCH + at))
                        .collect();
                    let _ = api
                        .send(address, Method::POST, REPORTS, &Value::Array(batch))
                        .await;
                },
            ),
            Self::ManyBatches => {
                let batch = PaddedBatch::new();
                let send = move |api: Api, number| {
                    let batch = batch.clone();
                    async move {
                        // Apart from the working application, which is measured in this process.
                        if let Ok(body) = spawn_blocking(move || batch.numbered(number)).await {
                            let _ = api.send_text(address, Method::POST, REPORTS, body).await;
                        }
                    }
                };
                let pace = Duration::from_millis(1);
                paced(attackers, BATCHES / one_of, pace, &target.service_key, send);
            }
            Self::LargeBodies => {
                // Written once: the attacker's own work is not to be measured.
                let ones = format!(
                    r#"{{"didit_internal_id_list":[{}1]}}"#,
                    "1,".repeat(1_999_999)
                );
                let delete = move |api: Api, _| {
                    let ones = ones.clone();
                    async move {
                        let _ = api.send_text(address, Method::POST, DELETE, ones).await;
                    }
                };
                paced(
                    attackers,
                    LARGE_BODIES / one_of,
                    WRITES,
                    &target.owner_key,
                    delete,
                );
            }
            Self::LargeEdits => paced(
                attackers,
                4,
                WRITES,
                &target.owner_key,
                move |api, number| async move {
                    let _ = api
                        .send(
                            address,
                            Method::POST,
                            CREATE,
                            &json!({"vendor_data": "edited"}),
                        )
                        .await;
                    let metadata = json!({"metadata": {"text": number.to_string().repeat(60_000 / number.to_string().len())}});
                    let _ = api
                        .send(address, Method::PATCH, "/v3/users/edited/", &metadata)
                        .await;
                },
            ),
            _ => {}
        }
    }
}

/// A request for `path`, as it goes over a connection.
fn get(path: &str, key: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nx-api-key: {key}\r\n{headers}\r\n")
}

/// Begins anew whenever it ends.
async fn again<F: Future<Output = ()>>(attack: impl Fn() -> F) {
    loop {
        attack().await;
        sleep(AGAIN_AFTER).await;
    }
}

/// Clients that together send a request each `pace`.
fn paced<F>(
    attackers: &mut JoinSet<()>,
    clients: usize,
    pace: Duration,
    key: &str,
    request: impl Fn(Api, usize) -> F + Clone + Send + 'static,
) where
    F: Future<Output = ()> + Send,
{
    for client in 0..clients {
        let (key, request) = (key.to_owned(), request.clone());
        let pace = pace * u32::try_from(clients).unwrap_or(1);
        attackers.spawn(async move {
            let Ok(api) = Api::new(&key) else { return };
            let mut turn = interval(pace);
            for number in 0.. {
                turn.tick().await;
                request(api.clone(), number * clients + client).await;
            }
        });
    }
}

/// Reads the answer to one request, sends a byte of the next and waits for the end of the connection.
async fn idle_head(address: SocketAddr) {
    let Some(mut stream) = connect(address).await else {
        return;
    };
    let request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut answer = [0; 1024];
    if stream.write_all(request).await.is_ok() && stream.read(&mut answer).await.is_ok() {
        let _ = stream.write_all(b"G").await;
        while let Ok(1..) = stream.read(&mut answer).await {}
    }
}

async fn slow_body(address: SocketAddr, key: String) {
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

/// Sends requests and reads nothing of the answers until the service closes the connection.
async fn unread(address: SocketAddr, request: String) {
    let Some(mut stream) = connect(address).await else {
        return;
    };
    let mut sent = stream.write_all(request.as_bytes()).await;
    while sent.is_ok() {
        sleep(BYTE_EACH).await;
        sent = stream.write_all(b"\r\n").await;
    }
}

/// Sends a request and reads a few bytes of the answer each second.
async fn dripping(address: SocketAddr, request: String) {
    let Some(mut stream) = connect(address).await else {
        return;
    };
    if stream.write_all(request.as_bytes()).await.is_err() {
        return;
    }
    let mut few = [0; 16];
    while let Ok(1..) = stream.read(&mut few).await {
        sleep(BYTE_EACH).await;
    }
}

/// Makes destinations whose connections are taken and never answered, and events for all of them.
async fn hang(address: SocketAddr, key: &str) -> Result<(), Trouble> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let api = Api::new(key)?;
    let kinds = ["user.data.updated".to_owned()];
    for number in 0..DESTINATIONS {
        let url = format!("http://127.0.0.1:{port}/{number}");
        api.add_destination(address, &url, &kinds, false).await?;
    }
    let mut turn = interval(WRITES);
    for number in 0_u64.. {
        turn.tick().await;
        let edit = json!({"display_name": format!("Edit {number}")});
        let path = format!("/v3/users/user-{}/", number % 100);
        let _ = api.send(address, Method::PATCH, &path, &edit).await;
    }
    Ok(())
}
