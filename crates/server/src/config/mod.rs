//! Configuration: documented defaults, overridden by a file, overridden by the environment.
//!
//! Owns the settings, their types and their limits; `default.toml` beside the crate's manifest documents each. Must
//! never read the process's environment except in [`Environment::of_process`], nor show a secret in a problem, a
//! warning, the report or `Debug`.
//!
//! [`Config::load`] returns either a configuration in which every value has been checked, or all [`Problems`].

mod delivery;
mod layers;
mod limits;
mod problem;
mod purge;
mod raw;
mod reader;
mod report;
mod sections;
mod values;

use std::path::{Path, PathBuf};

pub use delivery::Delivery;
pub use layers::Environment;
pub use limits::{Limits, Redis};
pub use problem::{Problem, Problems};
pub use purge::{DeleteAll, Purge};
pub use sections::{AuditExports, Database, Http, Log, LogFormat, Secrets, Storage};
pub use values::Sensitive;

use layers::Layers;
use reader::{Noted, Reader};

/// The documented defaults: the text of `default.toml`.
pub const DEFAULTS: &str = include_str!("../../default.toml");

/// The variable with the path of the configuration file, used without `--config`.
pub const FILE_VARIABLE: &str = "CONFIG_FILE";

/// All settings, checked.
#[derive(Debug)]
pub struct Config {
    /// The PostgreSQL to use.
    pub storage: Storage,
    /// The connection pool and the timeouts of its connections.
    pub database: Database,
    /// The HTTP server.
    pub http: Http,
    /// Deleting all users of an application.
    pub delete_all: DeleteAll,
    /// Exporting audit logs.
    pub audit_exports: AuditExports,
    /// Erasing users whose retention period has ended.
    pub purge: Purge,
    /// Webhook delivery and its monitoring.
    pub delivery: Delivery,
    /// The rate limits.
    pub limits: Limits,
    /// The log.
    pub log: Log,
    /// Whether `serve` migrates the schema before it accepts requests.
    pub migrate_on_start: bool,
    /// The secrets from which keys are derived; `None` only with the embedded cluster, which has a key file.
    pub secrets: Option<Secrets>,
    /// First key of the default application.
    pub bootstrap_api_key: Option<Sensitive>,
    /// How long an API key is cached before it is read from the database again.
    pub key_cache: std::time::Duration,
    warnings: Vec<String>,
    report: String,
}

impl Config {
    /// Reads the defaults, the file (`file`, else the path in the variable [`FILE_VARIABLE`], else none) and the
    /// environment.
    ///
    /// # Errors
    /// [`Problems`]: all problems of the configuration.
    pub fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, Problems> {
        let named = environment
            .text(FILE_VARIABLE)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from);
        let (layers, problems) = Layers::new(DEFAULTS, file.or(named.as_deref()), environment);
        let mut reader = Reader::new(&layers, problems);
        let config = Self::read(&mut reader);
        let report = report::render(reader.used());
        let (problems, warnings) = reader.finish();
        match config {
            Ok(config) if problems.is_empty() => Ok(Self {
                warnings,
                report,
                ..config
            }),
            _ => Err(Problems(problems)),
        }
    }

    /// Warnings about settings that are accepted but probably wrong. Texts for people, without secrets.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A table of every setting: key, value and source. Secrets appear as `(set)`.
    #[must_use]
    pub fn report(&self) -> &str {
        &self.report
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let database = Database::read(reader);
        let http = Http::read(reader);
        let delete_all = DeleteAll::read(reader);
        let audit_exports = AuditExports::read(reader);
        let purge = Purge::read(reader);
        let log = Log::read(reader);
        let secrets = Secrets::read(reader);
        let storage = Storage::read(reader);
        let embedded = matches!(storage, Ok(Storage::Embedded { .. }));
        // Through a proxy on the same machine, other machines can reach the API.
        let only_this_machine = matches!(&http, Ok(http) if http.listen_addr.ip().is_loopback()
            && http.public_url.is_none()
            && http.trusted_proxies.is_empty());
        let delivery = Delivery::read(reader, embedded && only_this_machine);
        let limits = Limits::read(reader);
        let migrate_on_start = reader.flag("migrate_on_start");
        let bootstrap_api_key = reader.secret("bootstrap_api_key", values::api_key);
        let key_cache = reader.seconds("key_cache_seconds", 0..=5);

        if let (Ok(storage), Ok(secrets)) = (&storage, &secrets) {
            sections::check_secrets(reader, storage, secrets.as_ref());
        }
        if let Ok(http) = &http {
            let request = ("http_request_timeout_ms", http.request_timeout);
            if let Ok(database) = &database {
                let checkout = ("database_checkout_timeout_ms", database.checkout_timeout);
                let statement = ("database_statement_timeout_ms", database.statement_timeout);
                sections::check_within(reader, checkout, request);
                sections::check_within(reader, statement, request);
            }
            if let Ok(delete_all) = &delete_all {
                let budget = ("delete_all_time_budget_ms", delete_all.time_budget);
                sections::check_within(reader, budget, request);
            }
            if let (true, Ok(database), Ok(delivery)) = (embedded, &database, &delivery) {
                delivery.check_pools(reader, database.pool_size);
            }
            if let Ok(delivery) = &delivery {
                delivery.check_listen_addr(reader, http.listen_addr);
                let attempt = ("webhook_request_timeout_ms", delivery.request_timeout);
                sections::check_within(reader, attempt, request);
            }
            if let Ok(limits) = &limits {
                limits.check(reader, request);
            }
        }

        Ok(Self {
            storage: storage?,
            database: database?,
            http: http?,
            delete_all: delete_all?,
            audit_exports: audit_exports?,
            purge: purge?,
            delivery: delivery?,
            limits: limits?,
            log: log?,
            migrate_on_start: migrate_on_start?,
            secrets: secrets?,
            bootstrap_api_key: bootstrap_api_key?,
            key_cache: key_cache?,
            warnings: Vec::new(),
            report: String::new(),
        })
    }
}

/// Returns the settings for `--help`: the variable and default of each, and the first sentence of its documentation.
#[must_use]
pub fn settings_help() -> String {
    let heading = "Settings (environment variables; in a file the same names in lower case):\n";
    let (mut help, mut comment) = (heading.to_owned(), String::new());
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            comment.push_str(text);
            comment.push(' ');
        } else if let Some((key, default)) = line.split_once(" = ") {
            let sentence = comment.split_inclusive(". ").next().unwrap_or_default();
            let (key, default) = (key.to_uppercase(), default.trim_matches('"'));
            help.extend([
                "  ",
                &key,
                " [",
                default,
                "]\n      ",
                sentence.trim(),
                "\n",
            ]);
            comment.clear();
        } else {
            comment.clear();
        }
    }
    help
}

#[cfg(test)]
mod tests;
