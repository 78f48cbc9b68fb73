//! The set-up of the export benchmark: a database with a long audit trail, and a server process.

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

/// Database, server process and their directory.
pub struct AuditStage {
    /// Number of entries in the trail.
    pub entries: usize,
    service: Service,
    // Declared before `scratch`: the cluster stops before its directory is deleted.
    cluster: Cluster,
    scratch: Scratch,
}

impl AuditStage {
    /// Starts the cluster and the server process, and writes the entries.
    ///
    /// # Errors
    /// If the set-up fails.
    pub async fn set_up(program: &Path, entries: usize) -> Result<Self, Error> {
        let scratch = Scratch::new()?;
        let dir = scratch.path().to_owned();
        let cluster = spawn_blocking(move || Cluster::start(&dir, Flush::ToDisk)).await??;
        let settings = Settings::new(program, cluster.urls(), scratch.path());
        // The API role alone: no delivery and no sequencing during the measurement.
        let service = Service::start(&settings, Role::Api, "api").await?;
        let url = cluster.urls().owner.clone();
        // The protection of the audit trail rejects changes, but allows new entries.
        let entries = spawn_blocking(move || trail::write(&url, entries)).await??;
        Ok(Self { entries, service, cluster, scratch })
    }

    pub(super) fn address(&self) -> Result<SocketAddr, Error> {
        self.service.address().ok_or_else(|| "no process serves requests".into())
    }

    pub(super) fn pid(&self) -> Pid {
        self.service.pid()
    }

    /// Measures a `COPY` of the same entries in the same order to `/dev/null`.
    ///
    /// # Errors
    /// If the `COPY` fails.
    pub async fn copy_out(&self) -> Result<Duration, Error> {
        let url = self.cluster.superuser_url()?;
        spawn_blocking(move || trail::copy_out(&url)).await?
    }

    /// Retains the log directory and returns its path.
    pub fn retain_logs(&mut self) -> String {
        self.scratch.retain();
        self.scratch.path().display().to_string()
    }

    /// Stops the server process.
    ///
    /// # Errors
    /// If it does not stop cleanly and in time.
    pub async fn end(self) -> Result<(), Error> {
        let Self { service, cluster, .. } = self;
        let clean = service.stop().await?;
        drop(cluster);
        if clean { Ok(()) } else { Err("the service did not stop cleanly".into()) }
    }
}
