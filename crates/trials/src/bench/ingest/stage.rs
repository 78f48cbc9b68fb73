//! What every measurement stands on: a database with users and their sessions, and a process that serves.

use std::net::SocketAddr;
use std::path::Path;

use tokio::task::spawn_blocking;

use super::{Population, Rows, seed};
use crate::Error;
use crate::api::Api;
use crate::bench::statements::counting_cluster;
use crate::cluster::Cluster;
use crate::scratch::Scratch;
use crate::service::{API_KEY, Role, Service, Settings};

/// All of it.
pub struct IngestStage {
    /// Who there is.
    pub population: Population,
    /// How the program is run.
    pub(super) settings: Settings,
    service: Option<Service>,
    client: Client,
    counts_statements: bool,
    // The cluster ends before its directory goes.
    cluster: Cluster,
    scratch: Scratch,
}

/// What talks to the process.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    /// With a service's key.
    pub(super) reports: Api,
    /// With an owner's key.
    pub(super) reads: Api,
}

impl IngestStage {
    /// Sets all of it up.
    ///
    /// # Errors
    /// When something does not start, or a report is not applied.
    pub async fn set_up(program: &Path, population: Population, seed: u64) -> Result<Self, Error> {
        let scratch = Scratch::new()?;
        let dir = scratch.path().to_owned();
        let (cluster, counts_statements) = spawn_blocking(move || counting_cluster(&dir)).await??;
        let settings = Settings::new(program, cluster.urls(), scratch.path());
        // Nothing else is done meanwhile: no webhooks, and no sequencing of changes.
        let service = Service::start(&settings, Role::Api, "api").await?;
        let address = service.address().ok_or("nobody serves")?;
        let command = settings.clone();
        let of_services = ["key", "create", "--kind", "service", "--name", "bench"];
        let key = spawn_blocking(move || command.run(&of_services)).await??;
        let stage = Self {
            population,
            settings,
            service: Some(service),
            client: Client {
                address,
                reports: Api::new(&key)?,
                reads: Api::new(API_KEY)?,
            },
            counts_statements,
            cluster,
            scratch,
        };
        seed::fill(&stage, seed).await?;
        Ok(stage)
    }

    /// How the program is run.
    pub(in crate::bench) const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Asks the database something.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Rows) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (url, counts) = (self.cluster.urls().owner.clone(), self.counts_statements);
        spawn_blocking(move || question(&mut Rows::open(&url, counts)?)).await?
    }

    /// The URL of the role that owns the tables.
    #[must_use]
    pub fn owner_url(&self) -> &str {
        &self.cluster.urls().owner
    }

    /// Stops the process that serves.
    ///
    /// # Errors
    /// When it does not end well and in time.
    pub async fn stop_serving(&mut self) -> Result<(), Error> {
        let Some(service) = self.service.take() else {
            return Ok(());
        };
        if service.stop().await? {
            Ok(())
        } else {
            Err("the service does not end well".into())
        }
    }

    /// Leaves the logs where they are, and says where.
    pub fn keep_logs(&mut self) -> String {
        self.scratch.keep();
        self.scratch.path().display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};

    use super::*;

    #[test]
    fn what_the_service_asks_is_counted_where_it_can_be() {
        let scratch = Scratch::new().unwrap();
        let (cluster, counts) = counting_cluster(scratch.path()).unwrap();
        let mut rows = Rows::open(&cluster.urls().owner, counts).unwrap();
        let mut service = PgConnection::establish(&cluster.urls().runtime).unwrap();
        let before = rows.cost().unwrap();
        assert_eq!(before.statements.is_some(), counts);
        service
            .transaction(|connection| {
                sql_query("SELECT 1").execute(connection)?;
                sql_query("SELECT 2").execute(connection)
            })
            .unwrap();
        let cost = rows.cost().unwrap().since(before);
        if let Some(statements) = cost.statements {
            assert_eq!((statements.all, statements.framing), (4, 2));
        }
    }
}
