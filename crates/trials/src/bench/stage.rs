//! What every measurement stands on: a database, a receiver, and applications with one destination each.

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

/// One signature of so many is checked while measuring.
const CHECKED: Checking = Checking::OneOf(50);
const KINDS: [&str; 2] = ["user.data.updated", "user.status.updated"];

/// Everything but the process that delivers.
pub struct Stage {
    /// The receiver; destination `n` is application `n`'s.
    pub receiver: Receiver,
    /// One per application.
    pub loads: Vec<Load>,
    settings: Settings,
    counts_statements: bool,
    // The cluster ends before its directory goes.
    cluster: Cluster,
    scratch: Scratch,
}

impl Stage {
    /// Sets all of it up, with so many applications.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn set_up(program: &Path, applications: usize) -> Result<Self, Error> {
        let scratch = Scratch::new()?;
        let dir = scratch.path().to_owned();
        let (cluster, counts_statements) = spawn_blocking(move || counting_cluster(&dir)).await??;
        let settings = Settings::new(program, cluster.urls(), scratch.path());
        let receiver = Receiver::start(&vec![Behaviour::Healthy; applications], CHECKED)?;
        let store = Load::store(&cluster.urls().runtime)?;
        let mut stage = Self {
            receiver,
            loads: Vec::new(),
            settings,
            counts_statements,
            cluster,
            scratch,
        };
        let api = Service::start(&stage.settings, Role::Api, "api").await?;
        for number in 0..applications {
            let (id, key) = stage.application().await?;
            let address = api.address().ok_or("nobody serves")?;
            let kinds = KINDS.map(str::to_owned);
            let url = stage.receiver.url(number)?;
            let secret = Api::new(&key)?
                .add_destination(address, &url, &kinds, true)
                .await?;
            stage.receiver.knows_secret(number, &secret)?;
            stage.loads.push(Load::new(store.clone(), id));
        }
        api.stop().await?;
        Ok(stage)
    }

    async fn application(&self) -> Result<(ApplicationId, String), Error> {
        let settings = self.settings.clone();
        let (id, key) = spawn_blocking(move || {
            let id = settings.run(&["application", "create", "--name", "bench"])?;
            let of_it = ["--role", "OWNER", "--name", "bench", "--application", &id];
            let key = settings.run(&[&["key", "create"], &of_it[..]].concat())?;
            Ok::<_, Error>((id, key))
        })
        .await??;
        Ok((ApplicationId::parse(&id)?, key))
    }

    /// Starts the process that delivers.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn worker(&self) -> Result<Service, Error> {
        Service::start(&self.settings, Role::Worker, "worker").await
    }

    /// Asks the database something.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Ledger) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let url = self.cluster.urls().owner.clone();
        spawn_blocking(move || question(&mut Ledger::open(&url)?)).await?
    }

    /// Statements of the service until now, where PostgreSQL can count them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn statements(&self) -> Result<Option<Statements>, Error> {
        if !self.counts_statements {
            return Ok(None);
        }
        let url = self.cluster.urls().owner.clone();
        let counting = spawn_blocking(move || counted(&mut PgConnection::establish(&url)?));
        Ok(Some(counting.await??))
    }

    /// Leaves the logs where they are, and says where.
    pub fn keep_logs(&mut self) -> String {
        self.scratch.keep();
        self.scratch.path().display().to_string()
    }
}
