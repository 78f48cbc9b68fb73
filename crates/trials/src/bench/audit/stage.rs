//! What the measurement stands on: a database with a long audit trail, and a process that serves.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use nix::unistd::Pid;
use tokio::task::spawn_blocking;

use super::trail;
use crate::Error;
use crate::cluster::{Cluster, Flush};
use crate::scratch::Scratch;
use crate::service::{Role, Service, Settings};

/// All of it.
pub struct AuditStage {
    /// How many entries the trail has.
    pub entries: usize,
    service: Service,
    // The cluster ends before its directory goes.
    cluster: Cluster,
    scratch: Scratch,
}

impl AuditStage {
    /// Sets all of it up.
    ///
    /// # Errors
    /// When something does not start, or entries are not written.
    pub async fn set_up(program: &Path, entries: usize) -> Result<Self, Error> {
        let scratch = Scratch::new()?;
        let dir = scratch.path().to_owned();
        let cluster = spawn_blocking(move || Cluster::start(&dir, Flush::ToDisk)).await??;
        let settings = Settings::new(program, cluster.urls(), scratch.path());
        // Nothing else is done meanwhile: no webhooks, and no sequencing of changes.
        let service = Service::start(&settings, Role::Api, "api").await?;
        let url = cluster.urls().owner.clone();
        // What keeps history from being changed lets it be added to.
        let entries = spawn_blocking(move || trail::write(&url, entries)).await??;
        Ok(Self {
            entries,
            service,
            cluster,
            scratch,
        })
    }

    pub(super) fn address(&self) -> Result<SocketAddr, Error> {
        self.service.address().ok_or_else(|| "nobody serves".into())
    }

    pub(super) fn pid(&self) -> Pid {
        self.service.pid()
    }

    /// How long PostgreSQL itself takes to write the same entries out as text, in the same order, to nowhere.
    ///
    /// # Errors
    /// When it does not.
    pub async fn copy_out(&self) -> Result<Duration, Error> {
        let url = self.cluster.superuser_url()?;
        spawn_blocking(move || trail::copy_out(&url)).await?
    }

    /// Leaves the logs where they are, and says where.
    pub fn keep_logs(&mut self) -> String {
        self.scratch.keep();
        self.scratch.path().display().to_string()
    }

    /// Ends the process that serves.
    ///
    /// # Errors
    /// When it does not end well and in time.
    pub async fn end(self) -> Result<(), Error> {
        let Self {
            service, cluster, ..
        } = self;
        let ended_well = service.stop().await?;
        drop(cluster);
        if ended_well {
            Ok(())
        } else {
            Err("the service does not end well".into())
        }
    }
}
