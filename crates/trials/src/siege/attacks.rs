//! The attacks of the siege.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use clap::ValueEnum;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::interval;

use super::clients::{Answers, again, dripping, get, idle_head, slow_body, unread};
use super::target::{BATCH, CREATE, PaddedBatch, REPORTS, report};
use super::{MEBIBYTE, Probe, Target};
use crate::Error;
use crate::api::{Answer, Api};

const SOCKETS: usize = 1_500;
const SLOW_BODIES: usize = 200;
const SILENT_READERS: usize = 300;
const READERS: usize = 10;
const DESTINATIONS: usize = 50;
const DELETE: &str = "/v3/users/delete/";
const LARGE_BODIES: usize = 16;
const BATCHES: usize = 64;
const EDITORS: usize = 4;
/// Intervals of all clients together at a rate limit of 600 reads or 300 writes a minute.
const READS: Duration = Duration::from_millis(100);
const WRITES: Duration = Duration::from_millis(200);
const COSTLY: &str = "/v3/users/?search=a.&metadata.tier=gold&tag=common&count=exact&offset=9999&ordering=display_name";
const DEEP: &str = "/v3/users/?offset=1000000";
const WHOLE_LIST: &str = "/v3/users/?limit=1000&count=none";

/// An attack by one application, or by a client without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Attack {
    /// Connections that get one response and then begin a second request.
    IdleHeads,
    /// Bodies that arrive byte by byte.
    SlowBodies,
    /// Responses that are not read: the script of the interactive page, and large lists.
    SilentReaders,
    /// The most expensive lists that a READER may request.
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
    /// Exports whose responses are read slowly.
    SlowExports,
    /// Destinations that never respond.
    HangingReceivers,
}

impl Attack {
    /// Name of the attack on the command line.
    #[must_use]
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Maximum memory of the process during the attack, in bytes.
    #[must_use]
    pub const fn most_memory(self) -> u64 {
        match self {
            Self::ManyBatches => 200 * MEBIBYTE,
            _ => 120 * MEBIBYTE,
        }
    }

    /// Work of the working application during the attack.
    pub(super) const fn probe(self) -> Probe {
        match self {
            Self::HangingReceivers => Probe::Webhooks,
            Self::SlowExports => Probe::Exports,
            _ => Probe::Requests,
        }
    }

    /// Expected statuses of requests that are not rejected as too many; empty if the attackers read no responses.
    pub(super) const fn answers(self) -> &'static [u16] {
        match self {
            Self::SlowBodies | Self::SilentReaders => &[],
            Self::LargeBodies => &[400],
            // A read that exceeds its budget results in 400.
            Self::CostlyReads | Self::DeepOffsets => &[200, 400],
            _ => &[200],
        }
    }

    /// Starts one of every `one_of` attackers.
    pub(super) fn start(self, target: &Target, one_of: usize) -> Attackers {
        let mut attackers = Attackers {
            address: target.address(),
            answers: Answers::default(),
            tasks: JoinSet::new(),
        };
        match self {
            Self::IdleHeads
            | Self::SlowBodies
            | Self::SilentReaders
            | Self::SlowExports
            | Self::HangingReceivers => attackers.connect(self, target, one_of),
            _ => attackers.send(self, target, one_of),
        }
        attackers
    }
}

/// The running clients of one attack.
pub(super) struct Attackers {
    address: SocketAddr,
    answers: Answers,
    tasks: JoinSet<()>,
}

impl Attackers {
    /// Ends the attack; returns the number of responses per status.
    pub(super) async fn stop(mut self) -> BTreeMap<u16, u64> {
        self.tasks.shutdown().await;
        self.answers.take()
    }

    /// Starts clients that hold connections open.
    fn connect(&mut self, attack: Attack, target: &Target, one_of: usize) {
        let address = self.address;
        match attack {
            Attack::IdleHeads => {
                for _ in 0..SOCKETS / one_of {
                    let answers = self.answers.clone();
                    let attack = move || idle_head(address, answers.clone());
                    self.tasks.spawn(again(attack));
                }
            }
            Attack::SlowBodies => {
                let key = target.owner_key.clone();
                for _ in 0..SLOW_BODIES / one_of {
                    let key = key.clone();
                    self.tasks.spawn(again(move || slow_body(address, key.clone())));
                }
            }
            Attack::SilentReaders => {
                let script = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n".repeat(8);
                let list = get(WHOLE_LIST, &target.reader_key, "");
                for number in 0..SILENT_READERS / one_of {
                    let request = if number % 8 == 0 { &list } else { &script }.clone();
                    self.tasks.spawn(again(move || unread(address, request.clone())));
                }
            }
            Attack::SlowExports => {
                let request =
                    get("/v3/audit-log/", &target.owner_key, "Accept: application/x-ndjson\r\n");
                for _ in 0..READERS {
                    let (request, answers) = (request.clone(), self.answers.clone());
                    let attack = move || dripping(address, request.clone(), answers.clone());
                    self.tasks.spawn(again(attack));
                }
            }
            Attack::HangingReceivers => {
                let (key, answers) = (target.owner_key.clone(), self.answers.clone());
                self.tasks.spawn(async move {
                    let _ = hang(address, &key, &answers).await;
                });
            }
            _ => {}
        }
    }

    /// Starts clients that send requests.
    fn send(&mut self, attack: Attack, target: &Target, one_of: usize) {
        let address = self.address;
        match attack {
            Attack::CostlyReads | Attack::DeepOffsets => {
                let path = if attack == Attack::DeepOffsets { DEEP } else { COSTLY };
                let list = move |api: Api, _| async move {
                    api.send(address, Method::GET, path, &Value::Null).await
                };
                self.paced(READERS, READS, &target.reader_key, list);
            }
            Attack::Batches => {
                let send = move |api: Api, number: usize| async move {
                    let batch: Vec<_> =
                        (0..BATCH).map(|at| report(1_000_000 + number * BATCH + at)).collect();
                    let batch = Value::Array(batch);
                    api.send(address, Method::POST, REPORTS, &batch).await
                };
                self.paced(4, Duration::from_millis(1), &target.service_key, send);
            }
            Attack::ManyBatches => {
                let batch = PaddedBatch::new();
                let send = move |api: Api, number| {
                    let batch = batch.clone();
                    async move {
                        // On another thread, as the working application is measured in this process.
                        let body = spawn_blocking(move || batch.numbered(number)).await;
                        let body = body.unwrap_or_default();
                        api.send_text(address, Method::POST, REPORTS, body).await
                    }
                };
                let pace = Duration::from_millis(1);
                self.paced(BATCHES / one_of, pace, &target.service_key, send);
            }
            Attack::LargeBodies => {
                // Created once: the attacker's own work must not be measured.
                let ones = format!(r#"{{"didit_internal_id_list":[{}1]}}"#, "1,".repeat(1_999_999));
                let delete = move |api: Api, _| {
                    let ones = ones.clone();
                    async move { api.send_text(address, Method::POST, DELETE, ones).await }
                };
                self.paced(LARGE_BODIES / one_of, WRITES, &target.owner_key, delete);
            }
            Attack::LargeEdits => {
                let edit = move |api: Api, number: usize| async move {
                    if number < EDITORS {
                        let user = json!({"vendor_data": "edited"});
                        // Fails for all clients except the first, as the user exists then.
                        api.send(address, Method::POST, CREATE, &user).await?;
                    }
                    let digits = number.to_string();
                    let text = digits.repeat(60_000 / digits.len());
                    let metadata = json!({"metadata": {"text": text}});
                    api.send(address, Method::PATCH, "/v3/users/edited/", &metadata).await
                };
                self.paced(EDITORS, WRITES, &target.owner_key, edit);
            }
            _ => {}
        }
    }

    /// Starts clients that together send one request per `pace`.
    fn paced<F>(
        &mut self,
        clients: usize,
        pace: Duration,
        key: &str,
        request: impl Fn(Api, usize) -> F + Clone + Send + 'static,
    ) where
        F: Future<Output = Result<Answer, reqwest::Error>> + Send,
    {
        for client in 0..clients {
            let (key, request, answers) = (key.to_owned(), request.clone(), self.answers.clone());
            let pace = pace * u32::try_from(clients).unwrap_or(1);
            self.tasks.spawn(async move {
                let Ok(api) = Api::new(&key) else { return };
                let mut turn = interval(pace);
                for number in 0.. {
                    turn.tick().await;
                    answers.count(&request(api.clone(), number * clients + client).await);
                }
            });
        }
    }
}

/// Creates destinations that accept connections and never respond, and events for all of them.
async fn hang(address: SocketAddr, key: &str, answers: &Answers) -> Result<(), Error> {
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
        answers.count(&api.send(address, Method::PATCH, &path, &edit).await);
    }
    Ok(())
}
