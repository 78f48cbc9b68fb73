//! The service under attack: a process with its own PostgreSQL, an attacking and a working application.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use nix::unistd::Pid;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::Error;
use crate::api::Api;
use crate::cluster::{Cluster, Flush};
use crate::scratch::Scratch;
use crate::service::{API_KEY, Role, Service, Settings};

/// Number of reports in one request.
pub(super) const BATCH: usize = 500;
pub(super) const REPORTS: &str = "/internal/v1/session-events/";
pub(super) const CREATE: &str = "/v3/users/create/";

/// The service, its database and the keys of both applications.
pub struct Target {
    address: SocketAddr,
    pid: Pid,
    /// OWNER key of the working application.
    pub(super) worker_key: String,
    /// Keys of the attacking application.
    pub(super) owner_key: String,
    pub(super) reader_key: String,
    pub(super) service_key: String,
    service: Service,
    // Declared before `scratch`: the cluster stops before its directory is deleted.
    _cluster: Cluster,
    scratch: Scratch,
}

impl Target {
    /// Starts the service and creates `users` users of the attacking application.
    ///
    /// # Errors
    /// If the set-up fails.
    pub async fn start(program: &Path, users: usize) -> Result<Self, Error> {
        let scratch = Scratch::new()?;
        let dir = scratch.path().to_owned();
        let cluster = spawn_blocking(move || Cluster::start(&dir, Flush::ToSystem)).await??;
        let settings = Settings::new(program, cluster.urls(), scratch.path())
            // Without a log line for each request.
            .with("LOG_LEVEL", "info,api_actix=warn");
        let service = Service::start(&settings, Role::All, "siege").await?;
        let address = service.address().ok_or("no process serves requests")?;
        let keys = spawn_blocking(move || keys(&settings)).await??;
        let [owner_key, reader_key, service_key] = keys;
        let target = Self {
            address,
            pid: service.pid(),
            worker_key: API_KEY.to_owned(),
            owner_key,
            reader_key,
            service_key,
            service,
            _cluster: cluster,
            scratch,
        };
        target.fill(users).await?;
        Ok(target)
    }

    /// Address of the API.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Id of the server process.
    #[must_use]
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// Stops the service; returns whether it stopped cleanly.
    ///
    /// # Errors
    /// If it cannot be signalled.
    pub async fn stop(self) -> Result<bool, Error> {
        self.service.stop().await
    }

    /// Retains the log directory and returns its path.
    pub fn retain_logs(&mut self) -> String {
        self.scratch.retain();
        self.scratch.path().display().to_string()
    }

    async fn fill(&self, users: usize) -> Result<(), Error> {
        let worker = Api::new(&self.worker_key)?;
        let body = json!({"vendor_data": "working", "display_name": "Works"});
        expect(&worker, self.address, CREATE, &body, 201).await?;
        let reports = Api::new(&self.service_key)?;
        for first in (0..users).step_by(BATCH) {
            let batch: Vec<_> = (first..users.min(first + BATCH)).map(report).collect();
            expect(&reports, self.address, REPORTS, &Value::Array(batch), 200).await?;
        }
        Ok(())
    }
}

/// Returns a report on a session of a new user.
pub(super) fn report(number: impl Display) -> Value {
    json!({
        "session_id": format!("session-{number}"), "vendor_data": format!("user-{number}"), "revision": 1,
        "status": "Approved", "occurred_at": "2026-01-01T00:00:00Z",
        "features": {"LIVENESS": "Approved"},
        "identity": {"full_name": format!("Person {number} Anderson"), "issuing_state": "GBR"},
        "approved_emails": [format!("person-{number}@example.com")],
    })
}

/// Batches of 2 MiB from a template, so that the attacker's own work stays small.
#[derive(Clone)]
pub(super) struct PaddedBatch {
    text: Arc<str>,
}

impl PaddedBatch {
    /// Placeholder for the number of the batch.
    const NUMBER: &str = "0000000000";

    pub(super) fn new() -> Self {
        let padding = "x".repeat(3_800);
        let item = |at: usize| {
            let item = report(format_args!("{}-{at}", Self::NUMBER)).to_string();
            format!("{},\"padding\":\"{padding}\"}}", item.trim_end_matches('}'))
        };
        let items: Vec<_> = (0..BATCH).map(item).collect();
        Self { text: format!("[{}]", items.join(",")).into() }
    }

    /// Returns the batch of this number; its users are in no other batch.
    pub(super) fn numbered(&self, number: usize) -> String {
        self.text.replace(Self::NUMBER, &format!("{number:0>10}"))
    }
}

async fn expect(
    api: &Api,
    address: SocketAddr,
    path: &str,
    body: &Value,
    status: u16,
) -> Result<(), Error> {
    let answer = api.send(address, Method::POST, path, body).await?;
    if answer.status == status {
        Ok(())
    } else {
        Err(format!("{path}: {} {}", answer.status, answer.body).into())
    }
}

/// Creates an application and its keys: OWNER, READER and service. Blocks.
fn keys(settings: &Settings) -> Result<[String; 3], Error> {
    let application = settings.run(&["application", "create", "--name", "attacks"])?;
    let key = |kind: [&str; 2]| {
        let of_it = ["--name", "attacks", "--application", &application];
        settings.run(&[&["key", "create"], &kind[..], &of_it[..]].concat())
    };
    Ok([key(["--role", "OWNER"])?, key(["--role", "READER"])?, key(["--kind", "service"])?])
}
