//! The set-up of the ingest benchmark: a database with users and their sessions, and a server process.

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

/// Database, server process and their directory.
pub struct IngestStage {
    /// The users and their sessions.
    pub population: Population,
    /// Settings of the server program.
    pub(super) settings: Settings,
    service: Option<Service>,
    client: Client,
    counts_statements: bool,
    // Declared before `scratch`: the cluster stops before its directory is deleted.
    cluster: Cluster,
    scratch: Scratch,
}

/// API clients for the server process.
#[derive(Debug, Clone)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    /// Client with a service key.
    pub(super) reports: Api,
    /// Client with an owner key.
    pub(super) reads: Api,
}

impl IngestStage {
    /// Starts the cluster and the server process, and creates the users.
    ///
    /// # Errors
    /// If the set-up fails or a report is not applied.
    pub async fn set_up(program: &Path, population: Population, seed: u64) -> Result<Self, Error> {
        let scratch = Scratch::new()?;
        let dir = scratch.path().to_owned();
        let (cluster, counts_statements) = spawn_blocking(move || counting_cluster(&dir)).await??;
        let settings = Settings::new(program, cluster.urls(), scratch.path());
        // The API role alone: no delivery and no sequencing during the measurement.
        let service = Service::start(&settings, Role::Api, "api").await?;
        let address = service.address().ok_or("no process serves requests")?;
        let command = settings.clone();
        let arguments = ["key", "create", "--kind", "service", "--name", "bench"];
        let key = spawn_blocking(move || command.run(&arguments)).await??;
        let stage = Self {
            population,
            settings,
            service: Some(service),
            client: Client { address, reports: Api::new(&key)?, reads: Api::new(API_KEY)? },
            counts_statements,
            cluster,
            scratch,
        };
        seed::fill(&stage, seed).await?;
        Ok(stage)
    }

    /// Returns the settings of the server program.
    pub(in crate::bench) const fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Runs a query on the database.
    ///
    /// # Errors
    /// If the database does not respond.
    pub async fn query<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Rows) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (url, counts) = (self.cluster.urls().owner.clone(), self.counts_statements);
        spawn_blocking(move || query(&mut Rows::open(&url, counts)?)).await?
    }

    /// Connection URL of the owner of the tables.
    #[must_use]
    pub fn owner_url(&self) -> &str {
        &self.cluster.urls().owner
    }

    /// Stops the server process.
    ///
    /// # Errors
    /// If it does not stop cleanly and in time.
    pub async fn stop_serving(&mut self) -> Result<(), Error> {
        let Some(service) = self.service.take() else {
            return Ok(());
        };
        if service.stop().await? { Ok(()) } else { Err("the service did not stop cleanly".into()) }
    }

    /// Retains the log directory and returns its path.
    pub fn retain_logs(&mut self) -> String {
        self.scratch.retain();
        self.scratch.path().display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, PgConnection, RunQueryDsl as _, sql_query};

    use super::*;

    #[test]
    fn statements_of_the_service_are_counted_if_possible() {
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
