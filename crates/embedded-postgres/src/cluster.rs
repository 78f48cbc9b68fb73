//! A running cluster: starts a server from a data directory, and stops it.

use std::{fs, path::Path, time::Duration};

use super::{
    Account, Binaries, DatabaseUrls, Durability, EmbeddedError, EmbeddedOptions, Place,
    endpoint::Endpoint,
    initialise, log,
    postmaster::{Launch, Postmaster},
    roles,
    secret::Credentials,
    settings, supply, takeover,
    watchdog::Watchdog,
};

/// Another process can take a free port before the server binds it.
const PORT_ATTEMPTS: u32 = 5;

/// A running cluster. Stops when dropped.
#[derive(Debug)]
pub struct EmbeddedCluster {
    // Dropped in this order: the server before its watchdog, the locks last.
    postmaster: Postmaster,
    _log_keeper: log::Keeper,
    endpoint: Endpoint,
    credentials: Credentials,
    database: String,
    binaries: Binaries,
    #[cfg_attr(not(feature = "testing"), expect(dead_code, reason = "held for its drop"))]
    pub(super) watchdog: Watchdog,
    durability: Durability,
    pub(super) place: Place,
}

impl EmbeddedCluster {
    /// Starts the cluster, and creates it first if there is none. `progress` receives a sentence for each step that
    /// takes time.
    ///
    /// # Errors
    ///
    /// See [`EmbeddedError`].
    pub fn start(
        options: &EmbeddedOptions,
        progress: &dyn Fn(&str),
    ) -> Result<Self, EmbeddedError> {
        let (place, account) = Place::claim(options, progress)?;
        takeover::clear(&place.cluster(), progress)?;
        initialise::remove_unfinished(place.base(), initialise::UNFINISHED)?;
        let made_by = initialise::major_of(&place.cluster())?;
        let mut endpoint = Endpoint::choose(options.listen, place.base(), &account)?;
        let mut watchdog =
            Watchdog::start(&place.cluster(), removals(options.durability, &place, &endpoint))?;
        let binaries = supply::binaries_for(options, made_by, place.base(), &account, progress)?;
        let credentials = if made_by.is_some() {
            Credentials::load(&place.credentials(), &options.database).ok_or_else(|| {
                EmbeddedError::Credentials {
                    credentials: place.credentials(),
                    cluster: place.cluster(),
                }
            })?
        } else {
            progress(&format!(
                "creating a PostgreSQL {} cluster in {}",
                binaries.major,
                place.cluster().display()
            ));
            initialise::create(&place, &account, &binaries, options)?
        };
        progress(&format!(
            "starting PostgreSQL {} from {}",
            binaries.major,
            binaries.bin_dir.display()
        ));
        let postmaster =
            launch(options, &place, &account, &binaries, &mut endpoint, &mut watchdog)?;
        let cluster = Self {
            _log_keeper: log::Keeper::start(place.log()),
            durability: options.durability,
            database: options.database.clone(),
            postmaster,
            endpoint,
            credentials,
            binaries,
            watchdog,
            place,
        };
        cluster.prepare(&options.extensions)?;
        Ok(cluster)
    }

    /// Checks extensions, and creates roles and the database if they are missing.
    fn prepare(&self, extensions: &[String]) -> Result<(), EmbeddedError> {
        let mut connection = roles::connect(&self.endpoint, &self.credentials)?;
        let missing = roles::missing_extensions(&mut connection, extensions)?;
        if !missing.is_empty() {
            return Err(EmbeddedError::ExtensionsMissing {
                bin_dir: self.binaries.bin_dir.clone(),
                missing: missing.join(", "),
            });
        }
        roles::ensure_roles(&mut connection, &self.credentials)?;
        roles::ensure_database(&mut connection, &self.credentials, &self.database, None)
    }

    /// The connection URL of the database for its owner: migrations and maintenance.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.urls(&self.database).owner
    }

    /// The connection URL of the database for serving requests: no DDL.
    #[must_use]
    pub fn runtime_url(&self) -> String {
        self.urls(&self.database).runtime
    }

    /// The connection URLs of any database of this cluster.
    #[must_use]
    pub fn urls(&self, database: &str) -> DatabaseUrls {
        roles::urls(&self.endpoint, &self.credentials, database)
    }

    /// Whether PostgreSQL ended without a call of [`EmbeddedCluster::stop`].
    pub fn has_ended(&mut self) -> bool {
        self.postmaster.has_ended()
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.postmaster.pid()
    }

    /// Creates a database owned by the owner role, empty or as a copy of `template`, which must have no connections. An
    /// existing database is left unchanged.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::Connect`] and [`EmbeddedError::Sql`].
    pub fn create_database(
        &self,
        name: &str,
        template: Option<&str>,
    ) -> Result<DatabaseUrls, EmbeddedError> {
        let mut connection = roles::connect(&self.endpoint, &self.credentials)?;
        roles::ensure_database(&mut connection, &self.credentials, name, template)?;
        Ok(self.urls(name))
    }

    /// Drops a database and ends the sessions in it. Does nothing if there is none.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::Connect`] and [`EmbeddedError::Sql`].
    pub fn drop_database(&self, name: &str) -> Result<(), EmbeddedError> {
        roles::drop_database(&mut roles::connect(&self.endpoint, &self.credentials)?, name)
    }

    /// Stops the server: fast, then immediately, then by force, each with a limit (40 s in all).
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::WillNotStop`].
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        self.postmaster.stop()
        // Dropping does the rest.
    }

    /// Stops the server with this limit for the fast shutdown; the whole takes at most 10 s longer.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::WillNotStop`].
    pub fn stop_within(mut self, fast: Duration) -> Result<(), EmbeddedError> {
        self.postmaster.stop_within(fast)
    }
}

impl Drop for EmbeddedCluster {
    fn drop(&mut self) {
        if let Err(error) = self.postmaster.stop() {
            tracing::warn!(%error, "the embedded PostgreSQL could not be stopped");
            return;
        }
        for dir in removals(self.durability, &self.place, &self.endpoint) {
            // A failure does no harm; the watchdog tries again.
            let _ = fs::remove_dir_all(dir);
        }
    }
}

/// Directories to remove when the cluster stops.
fn removals<'a>(durability: Durability, place: &'a Place, endpoint: &'a Endpoint) -> Vec<&'a Path> {
    let mut removals = match durability {
        Durability::Durable => Vec::new(),
        Durability::ThrowAway => place.all(),
    };
    removals.extend(endpoint.short_lived_dir());
    removals
}

fn launch(
    options: &EmbeddedOptions,
    place: &Place,
    account: &Account,
    binaries: &Binaries,
    endpoint: &mut Endpoint,
    watchdog: &mut Watchdog,
) -> Result<Postmaster, EmbeddedError> {
    let mut attempt = 1;
    loop {
        let mut settings: Vec<_> =
            endpoint.settings().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        settings.extend(settings::of(options));
        let launch = Launch {
            account,
            program: binaries.postgres(),
            cluster: place.cluster(),
            log: place.log(),
            settings,
        };
        match Postmaster::start(&launch, |pid| watchdog.watch(pid)) {
            Err(EmbeddedError::StartFailed(log))
                if log.contains("Address already in use") && attempt < PORT_ATTEMPTS =>
            {
                *endpoint = Endpoint::loopback()?;
                attempt += 1;
            }
            finished => return finished,
        }
    }
}
