//! The set-up of delivery benchmarks: a database, a receiver, and applications with one destination each.

use std::path::Path;

use diesel::{Connection as _, PgConnection};
use tokio::task::spawn_blocking;
use users_domain::model::ApplicationId;

use super::Load;
use super::statements::{Statements, counted, counting_cluster};
use crate::Error;
use crate::api::Api;
use crate::cluster::Cluster;
use crate::ledger::Ledger;
use crate::receiver::{Behaviour, Checking, Receiver};
use crate::scratch::Scratch;
use crate::service::{Role, Service, Settings};

/// Checks one of 50 signatures during measurements.
const CHECKED: Checking = Checking::OneOf(50);
const KINDS: [&str; 2] = ["user.data.updated", "user.status.updated"];

/// Everything except the delivering process.
pub struct Stage {
    /// The receiver; destination `n` belongs to application `n`.
    pub receiver: Receiver,
    /// One load generator per application.
    pub loads: Vec<Load>,
    settings: Settings,
    counts_statements: bool,
    // Declared before `scratch`: the cluster stops before its directory is deleted.
    cluster: Cluster,
    scratch: Scratch,
}

impl Stage {
    /// Starts database and receiver and creates the applications.
    ///
    /// # Errors
    /// If the set-up fails.
    pub async fn set_up(program: &Path, applications: usize) -> Result<Self, Error> {
        let scratch = Scratch::new()?;
        let dir = scratch.path().to_owned();
        let (cluster, counts_statements) = spawn_blocking(move || counting_cluster(&dir)).await??;
        let settings = Settings::new(program, cluster.urls(), scratch.path());
        let receiver = Receiver::start(&vec![Behaviour::Healthy; applications], CHECKED)?;
        let store = Load::store(&cluster.urls().runtime)?;
        let mut stage =
            Self { receiver, loads: Vec::new(), settings, counts_statements, cluster, scratch };
        let api = Service::start(&stage.settings, Role::Api, "api").await?;
        for number in 0..applications {
            let (id, key) = stage.application().await?;
            let address = api.address().ok_or("no process serves requests")?;
            let kinds = KINDS.map(str::to_owned);
            let url = stage.receiver.url(number)?;
            let secret = Api::new(&key)?.add_destination(address, &url, &kinds, true).await?;
            stage.receiver.set_secret(number, &secret)?;
            stage.loads.push(Load::new(store.clone(), id));
        }
        api.stop().await?;
        Ok(stage)
    }

    async fn application(&self) -> Result<(ApplicationId, String), Error> {
        let settings = self.settings.clone();
        let (id, key) = spawn_blocking(move || {
            let id = settings.run(&["application", "create", "--name", "bench"])?;
            let options = ["--role", "OWNER", "--name", "bench", "--application", &id];
            let key = settings.run(&[&["key", "create"], &options[..]].concat())?;
            Ok::<_, Error>((id, key))
        })
        .await??;
        Ok((ApplicationId::parse(&id)?, key))
    }

    /// Starts the delivering process.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn worker(&self) -> Result<Service, Error> {
        Service::start(&self.settings, Role::Worker, "worker").await
    }

    /// Runs a query on the database.
    ///
    /// # Errors
    /// If the database does not respond.
    pub async fn query<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Ledger) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let url = self.cluster.urls().owner.clone();
        spawn_blocking(move || query(&mut Ledger::open(&url)?)).await?
    }

    /// Returns the number of statements of the service so far, if PostgreSQL can count them.
    ///
    /// # Errors
    /// If the database does not respond.
    pub(super) async fn statements(&self) -> Result<Option<Statements>, Error> {
        if !self.counts_statements {
            return Ok(None);
        }
        let url = self.cluster.urls().owner.clone();
        let counting = spawn_blocking(move || counted(&mut PgConnection::establish(&url)?));
        Ok(Some(counting.await??))
    }

    /// Retains the log directory and returns its path.
    pub fn retain_logs(&mut self) -> String {
        self.scratch.retain();
        self.scratch.path().display().to_string()
    }
}
