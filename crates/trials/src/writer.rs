//! Clients that write users continuously while faults are injected.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::Error;
use crate::api::{Answer, Api};
use crate::dice::Dice;
use crate::fleet::Addresses;
use crate::history::Acknowledged;

const NAMES_PER_WRITER: usize = 8;
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// Number of writers and pause between their requests.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Number of writers; each uses its own user names.
    pub writers: usize,
    /// Pause of a writer between two requests.
    pub pause: Duration,
}

/// Outcome of all writers.
#[derive(Debug, Default)]
pub struct Written {
    /// Acknowledged changes.
    pub acknowledged: Vec<Acknowledged>,
    /// Requests whose outcome the client does not know.
    pub unknown: usize,
    /// Unexpected responses.
    pub wrong: Vec<String>,
}

/// Running writers.
pub struct Writers {
    over: Arc<AtomicBool>,
    running: JoinSet<Written>,
}

impl Writers {
    /// Starts the writers.
    #[must_use]
    pub fn start(api: &Api, addresses: &Addresses, pace: Pace, dice: &Dice) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let mut running = JoinSet::new();
        for number in 0..pace.writers {
            let writer = Writer {
                api: api.clone(),
                addresses: addresses.clone(),
                dice: dice.split(number as u64 + 1),
                names: (0..NAMES_PER_WRITER)
                    .map(|name| Name {
                        name: format!("trial-{number}-{name}"),
                        user: Known::Absent,
                    })
                    .collect(),
                written: Written::default(),
            };
            running.spawn(writer.run(pace.pause, Arc::clone(&over)));
        }
        Self { over, running }
    }

    /// Lets each writer finish its request, and returns the combined outcome.
    ///
    /// # Errors
    /// If one panicked.
    pub async fn finish(mut self) -> Result<Written, Error> {
        self.over.store(true, Ordering::SeqCst);
        let mut all = Written::default();
        while let Some(written) = self.running.join_next().await {
            let written = written?;
            all.acknowledged.extend(written.acknowledged);
            all.unknown += written.unknown;
            all.wrong.extend(written.wrong);
        }
        Ok(all)
    }
}

/// State of the user of one name, as the writer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    Absent,
    User(String),
    Unknown,
}

struct Name {
    name: String,
    user: Known,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Create,
    Edit,
    Status,
    Delete,
}

struct Writer {
    api: Api,
    addresses: Addresses,
    dice: Dice,
    names: Vec<Name>,
    written: Written,
}

impl Writer {
    async fn run(mut self, pause: Duration, over: Arc<AtomicBool>) -> Written {
        while !over.load(Ordering::SeqCst) {
            match self.addresses.pick(&mut self.dice) {
                Some(address) => {
                    self.write(address).await;
                    sleep(pause).await;
                }
                None => sleep(RETRY_DELAY).await,
            }
        }
        self.written
    }

    async fn write(&mut self, address: SocketAddr) {
        let index = self.dice.index(self.names.len());
        let Some(name) = self.names.get(index) else {
            return;
        };
        let operation = match (&name.user, self.dice.below(100)) {
            (Known::Absent, _) => Operation::Create,
            (_, 0..8) => Operation::Delete,
            (_, 8..35) => Operation::Status,
            (_, _) => Operation::Edit,
        };
        let (method, path, body) = request(operation, &name.name, self.dice.roll());
        let answer = self.api.send(address, method, &path, &body).await;
        self.learn(index, operation, answer.ok());
    }

    fn learn(&mut self, index: usize, operation: Operation, answer: Option<Answer>) {
        let Some(name) = self.names.get_mut(index) else {
            return;
        };
        let Some(answer) = answer.filter(|answer| !is_inconclusive(answer.status)) else {
            self.written.unknown += 1;
            name.user = Known::Unknown;
            return;
        };
        match (operation, answer.status) {
            (Operation::Delete, 200) => {
                if let (Known::User(user), Some(1)) = (&name.user, answer.body["deleted"].as_u64())
                {
                    let user = user.clone();
                    let change = Acknowledged::Deleted { user };
                    self.written.acknowledged.push(change);
                }
                name.user = Known::Absent;
            }
            (Operation::Create, 201) | (Operation::Edit | Operation::Status, 200) => {
                match acknowledged(&answer.body) {
                    Some(change @ Acknowledged::Version { .. }) => {
                        if let Acknowledged::Version { user, .. } = &change {
                            name.user = Known::User(user.clone());
                        }
                        self.written.acknowledged.push(change);
                    }
                    _ => self.written.wrong.push(answer.body.to_string()),
                }
            }
            (Operation::Edit | Operation::Status, 404) => name.user = Known::Absent,
            (Operation::Create, 409) => name.user = Known::Unknown,
            (operation, status) => {
                self.written.wrong.push(format!("{operation:?}: {status} {}", answer.body));
            }
        }
    }
}

/// Whether the response leaves the outcome open. A process that was stopped while it received a request responds with
/// 408 after it resumes.
const fn is_inconclusive(status: u16) -> bool {
    status == 408 || status >= 500
}

fn request(operation: Operation, name: &str, number: u64) -> (Method, String, Value) {
    match operation {
        Operation::Create => (
            Method::POST,
            "/v3/users/create/".to_owned(),
            json!({"vendor_data": name, "full_name": format!("José {number}")}),
        ),
        Operation::Edit => (
            Method::PATCH,
            format!("/v3/users/{name}/"),
            json!({"full_name": format!("日本 {number}"), "metadata": {"10": 1, "9": number % 10}}),
        ),
        Operation::Status => (
            Method::PATCH,
            format!("/v3/users/{name}/update-status/"),
            json!({"status": if number.is_multiple_of(2) { "BLOCKED" } else { "ACTIVE" }}),
        ),
        Operation::Delete => {
            (Method::POST, "/v3/users/delete/".to_owned(), json!({"vendor_data_list": [name]}))
        }
    }
}

/// The change that a response with a user acknowledges.
pub(crate) fn acknowledged(body: &Value) -> Option<Acknowledged> {
    Some(Acknowledged::Version {
        user: body["didit_internal_id"].as_str()?.to_owned(),
        version: body["version"].as_u64()?,
    })
}
