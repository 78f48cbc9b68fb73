//! A PostgreSQL cluster of the trial's own, whose data outlive every crash of it, that can be treated badly.

use std::fs;
use std::path::Path;

use adapter_postgres::embedded::{DatabaseUrls, EmbeddedCluster, EmbeddedOptions};
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Error;

/// A running cluster; stops when dropped. Everything here blocks.
#[derive(Debug)]
pub struct Cluster {
    options: EmbeddedOptions,
    running: Option<EmbeddedCluster>,
    urls: DatabaseUrls,
}

/// How far a commit goes before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// To the disk.
    ToDisk,
    /// To the operating system, which outlives every crash of PostgreSQL: what was not even written is lost as ever, and a
    /// restart need not flush thousands of files first.
    ToSystem,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Cluster {
    /// Makes one below this directory.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start(dir: &Path, flush: Flush) -> Result<Self, Error> {
        let fsync = match flush {
            Flush::ToDisk => "on",
            Flush::ToSystem => "off",
        };
        Self::start_with(dir, &[("fsync", fsync)])
    }

    /// The same with these settings of PostgreSQL.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start_with(dir: &Path, settings: &[(&str, &str)]) -> Result<Self, Error> {
        let mut options = EmbeddedOptions::durable(dir.join("database"));
        options.allow_download = false;
        let settings = settings.iter();
        options.extra_settings = settings
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let running = EmbeddedCluster::start(&options, &|_| {})?;
        let urls = DatabaseUrls {
            owner: running.owner_url(),
            runtime: running.runtime_url(),
        };
        Ok(Self {
            options,
            running: Some(running),
            urls,
        })
    }

    /// How to connect; a restart leaves it as it is.
    #[must_use]
    pub const fn urls(&self) -> &DatabaseUrls {
        &self.urls
    }

    /// The URL of the role that may do everything, whose password the cluster keeps in its directory.
    ///
    /// # Errors
    /// When it cannot be read there.
    pub fn superuser_url(&self) -> Result<String, Error> {
        let file = self.options.data_dir.join("postgres.credentials");
        let text = fs::read_to_string(file)?;
        let password = text
            .lines()
            .find_map(|line| line.strip_prefix("superuser="));
        let password = password.ok_or("the cluster keeps no password")?;
        let (_, place) = self.urls.owner.split_once('@').ok_or("no URL of a role")?;
        Ok(format!("postgresql://users_superuser:{password}@{place}"))
    }

    /// Ends the server as a crash does (what was not flushed is gone, every session breaks) and starts it again: what
    /// `pg_ctl restart -m immediate` does.
    ///
    /// # Errors
    /// When it does not stop or start.
    pub fn restart_immediately(&mut self) -> Result<(), Error> {
        if let Some(running) = self.running.take() {
            kill(
                Pid::from_raw(i32::try_from(running.pid())?),
                Signal::SIGQUIT,
            )?;
            running.stop()?;
        }
        let running = EmbeddedCluster::start(&self.options, &|_| {})?;
        if running.runtime_url() != self.urls.runtime {
            return Err("the cluster has another address after its restart".into());
        }
        self.running = Some(running);
        Ok(())
    }

    /// Terminates at most so many sessions of the service, chosen by `seed`. Answers how many.
    ///
    /// # Errors
    /// When the database does not answer.
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
