//! A private PostgreSQL cluster for fault injection; its data survive crashes of the server.

use std::fs;
use std::path::Path;

use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use embedded_postgres::{DatabaseUrls, EmbeddedCluster, EmbeddedOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Error;

/// A running cluster; stopped when dropped. Everything here blocks.
#[derive(Debug)]
pub struct Cluster {
    options: EmbeddedOptions,
    running: Option<EmbeddedCluster>,
    urls: DatabaseUrls,
}

/// Where a commit is written before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// To the disk.
    ToDisk,
    /// To the operating system, which survives crashes of PostgreSQL. Unwritten data is still lost, and a restart need
    /// not flush thousands of files first.
    ToSystem,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Cluster {
    /// Creates and starts a cluster in this directory.
    ///
    /// # Errors
    /// If PostgreSQL is not installed or does not start.
    pub fn start(dir: &Path, flush: Flush) -> Result<Self, Error> {
        let fsync = match flush {
            Flush::ToDisk => "on",
            Flush::ToSystem => "off",
        };
        Self::start_with(dir, &[("fsync", fsync)])
    }

    /// Like [`Cluster::start`], with the given PostgreSQL settings.
    ///
    /// # Errors
    /// If PostgreSQL is not installed or does not start.
    pub fn start_with(dir: &Path, settings: &[(&str, &str)]) -> Result<Self, Error> {
        let mut options = EmbeddedOptions::durable("users", dir.join("database"));
        options.allow_download = false;
        let settings = settings.iter();
        options.extra_settings =
            settings.map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let running = EmbeddedCluster::start(&options, &|_| {})?;
        let urls = DatabaseUrls { owner: running.owner_url(), runtime: running.runtime_url() };
        Ok(Self { options, running: Some(running), urls })
    }

    /// Connection URLs; a restart does not change them.
    #[must_use]
    pub const fn urls(&self) -> &DatabaseUrls {
        &self.urls
    }

    /// URL of the superuser, whose password the cluster stores in its directory.
    ///
    /// # Errors
    /// If the password cannot be read.
    pub fn superuser_url(&self) -> Result<String, Error> {
        let file = self.options.data_dir.join("postgres.credentials");
        let text = fs::read_to_string(file)?;
        let password = text.lines().find_map(|line| line.strip_prefix("superuser="));
        let password = password.ok_or("the cluster has no stored password")?;
        let (_, place) = self.urls.owner.split_once('@').ok_or("the owner URL has no role")?;
        Ok(format!("postgresql://users_superuser:{password}@{place}"))
    }

    /// Crashes the server (unflushed data is lost, every session breaks) and restarts it, like
    /// `pg_ctl restart -m immediate`.
    ///
    /// # Errors
    /// If it does not stop or start.
    pub fn restart_immediately(&mut self) -> Result<(), Error> {
        if let Some(running) = self.running.take() {
            kill(Pid::from_raw(i32::try_from(running.pid())?), Signal::SIGQUIT)?;
            running.stop()?;
        }
        let running = EmbeddedCluster::start(&self.options, &|_| {})?;
        if running.runtime_url() != self.urls.runtime {
            return Err("the cluster has another address after its restart".into());
        }
        self.running = Some(running);
        Ok(())
    }

    /// Terminates at most `at_most` sessions of the service, chosen by `seed`. Returns how many.
    ///
    /// # Errors
    /// If the database does not respond.
    pub fn terminate_sessions(&self, at_most: u64, seed: u64) -> Result<u64, Error> {
        // A role may terminate its own sessions.
        let mut connection = PgConnection::establish(&self.urls.runtime)?;
        let terminated: Count = sql_query(
            "SELECT count(pg_terminate_backend(pid)) AS count FROM (SELECT pid FROM pg_stat_activity \
             WHERE usename = current_user AND pid <> pg_backend_pid() ORDER BY md5(pid || $1) LIMIT $2) AS chosen",
        )
        .bind::<Text, _>(seed.to_string())
        .bind::<BigInt, _>(i64::try_from(at_most)?)
        .get_result(&mut connection)?;
        Ok(u64::try_from(terminated.count)?)
    }
}
