//! Configuration: documented defaults, overridden by a file, overridden by the environment.
//!
//! Owns the settings, their types and their limits; `default.toml` beside the crate's manifest documents each, and
//! `layered_settings` reads them. Must never show a secret in a problem, a warning, the report or `Debug`.
//!
//! [`Config::load`] returns either a configuration in which every value has been checked, or all [`Problems`].

mod delivery;
mod sections;
mod storage;
mod values;

use std::path::{Path, PathBuf};
use std::time::Duration;

use key_ring::KeyRing;
use layered_settings::{Environment, Layers, Noted, Problems, Reader};
use users_domain::model::ApiKeySecret;

pub(crate) use delivery::Delivery;
pub(crate) use sections::{AuditExports, Database, DeleteAll, Http, Limits, Log, LogFormat, Purge};
pub(crate) use storage::Storage;

/// The documented defaults: the text of `default.toml`.
pub(crate) const DEFAULTS: &str = include_str!("../../default.toml");

/// The variable with the path of the configuration file, used without `--config`.
pub(crate) const FILE_VARIABLE: &str = "CONFIG_FILE";

/// All settings, checked.
#[derive(Debug)]
pub(crate) struct Config {
    /// The PostgreSQL to use.
    pub(crate) storage: Storage,
    /// The connection pool and the timeouts of its connections.
    pub(crate) database: Database,
    /// The HTTP server.
    pub(crate) http: Http,
    /// Deleting all users of an application.
    pub(crate) delete_all: DeleteAll,
    /// Exporting audit logs.
    pub(crate) audit_exports: AuditExports,
    /// Erasing users whose retention period has ended.
    pub(crate) purge: Purge,
    /// Webhook delivery and its monitoring.
    pub(crate) delivery: Delivery,
    /// The rate limits.
    pub(crate) limits: Limits,
    /// The log.
    pub(crate) log: Log,
    /// Whether `serve` migrates the schema before it accepts requests.
    pub(crate) migrate_on_start: bool,
    /// The keys; `None` only with the embedded cluster, which has a key file.
    pub(crate) key_ring: Option<KeyRing>,
    /// First key of the default application.
    pub(crate) bootstrap_api_key: Option<ApiKeySecret>,
    /// How long an API key is cached before it is read from the database again.
    pub(crate) key_cache: Duration,
    warnings: Vec<String>,
    report: String,
}

impl Config {
    /// Reads the defaults, the file (`file`, else the path in the variable [`FILE_VARIABLE`], else none) and the
    /// environment.
    pub(crate) fn load(file: Option<&Path>, environment: &Environment) -> Result<Self, Problems> {
        let named =
            environment.text(FILE_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        let (layers, problems) = Layers::new(DEFAULTS, file.or(named.as_deref()), environment);
        let mut reader = Reader::new(&layers, problems);
        let config = Self::read(&mut reader);
        let report = reader.report();
        let (problems, warnings) = reader.finish();
        match config {
            Ok(config) if problems.is_empty() => Ok(Self { warnings, report, ..config }),
            _ => Err(Problems(problems)),
        }
    }

    /// Warnings about settings that are accepted but probably wrong. Texts for people, without secrets.
    pub(crate) fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// A table of every setting: key, value and source. Secrets appear as `(set)`.
    pub(crate) fn report(&self) -> &str {
        &self.report
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let database = Database::read(reader);
        let http = Http::read(reader);
        let delete_all = DeleteAll::read(reader);
        let audit_exports = AuditExports::read(reader);
        let purge = Purge::read(reader);
        let log = Log::read(reader);
        let key_ring = storage::key_ring(reader);
        let storage = Storage::read(reader);
        let mut delivery = Delivery::read(reader);
        let limits = Limits::read(reader);
        let migrate_on_start = reader.flag("migrate_on_start");
        let bootstrap_api_key = reader.secret("bootstrap_api_key", values::api_key);
        let key_cache = reader.seconds("key_cache_seconds", 0..=5);

        for (inner, outer) in sections::WITHIN {
            reader.check_within(inner, outer);
        }
        if matches!(&limits, Ok(limits) if limits.redis.is_some()) {
            reader.check_within("redis_call_timeout_ms", "http_request_timeout_ms");
        }
        if let (Ok(storage), Ok(key_ring)) = (&storage, &key_ring) {
            storage::check_secrets(reader, storage, key_ring.as_ref());
        }
        if let Ok(delivery) = &mut delivery {
            delivery.check(reader);
            let embedded = matches!(storage, Ok(Storage::Embedded(_)));
            if let (true, Ok(database)) = (embedded, &database) {
                delivery.check_pools(reader, database.pool.connections);
            }
            if let Ok(http) = &http {
                delivery.check_listen_addr(reader, http.listen_addr);
                // Through a proxy on the same machine, other machines can reach the API.
                let only_this_machine = http.listen_addr.ip().is_loopback()
                    && http.public_url.is_none()
                    && http.trusted_proxies.is_empty();
                if embedded && only_this_machine {
                    delivery.open_defaults(reader);
                }
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
            key_ring: key_ring?,
            bootstrap_api_key: bootstrap_api_key?,
            key_cache: key_cache?,
            warnings: Vec::new(),
            report: String::new(),
        })
    }
}

#[cfg(test)]
mod tests;
