//! Clients that write users without a pause, whatever happens to the service.

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
const WHERE_NOBODY_SERVES: Duration = Duration::from_millis(50);

/// How much is written.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How many writers there are, each with names of its own.
    pub writers: usize,
    /// How long each waits between two requests.
    pub pause: Duration,
}

/// What writers know in the end.
#[derive(Debug, Default)]
pub struct Written {
    /// Changes that were acknowledged.
    pub acknowledged: Vec<Acknowledged>,
    /// Requests whose outcome is not known: only the database tells.
    pub unknown: usize,
    /// Answers that should not have come.
    pub wrong: Vec<String>,
}

/// Running writers.
pub struct Writers {
    over: Arc<AtomicBool>,
    running: JoinSet<Written>,
}

impl Writers {
    /// Starts them.
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

    /// Lets each finish its request, and gives what all of them know.
    ///
    /// # Errors
    /// When one panicked.
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

/// What a writer knows of the user of one of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    Absent,
    User(String),
    Nothing,
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
                None => sleep(WHERE_NOBODY_SERVES).await,
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
        let Some(answer) = answer.filter(|answer| !says_nothing(answer.status)) else {
            self.written.unknown += 1;
            name.user = Known::Nothing;
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
            (Operation::Create, 409) => name.user = Known::Nothing,
            (operation, status) => self
                .written
                .wrong
                .push(format!("{operation:?}: {status} {}", answer.body)),
        }
    }
}

/// Whether an answer leaves open what was done. A process that stood still while a request came in finds, when it goes on,
/// that the time for that is over (408).
const fn says_nothing(status: u16) -> bool {
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
        Operation::Delete => (
            Method::POST,
            "/v3/users/delete/".to_owned(),
            json!({"vendor_data_list": [name]}),
        ),
    }
}

/// The change that an answer with a user tells of.
pub(crate) fn acknowledged(body: &Value) -> Option<Acknowledged> {
    Some(Acknowledged::Version {
        user: body["didit_internal_id"].as_str()?.to_owned(),
        version: body["version"].as_u64()?,
    })
}
