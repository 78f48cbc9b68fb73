//! The settings by topic: their keys and ranges. `default.toml` documents the meaning of each key.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use api_actix::{BaseUrl, ConnectionLimits, LONGEST_GRACE_SECONDS, ProxyHeaders};
use key_ring::{KeyRing, Secret};
use tracing_subscriber::filter::Targets;
use users_domain::model::Network;

use super::reader::{Noted, Reader};
use super::values::{self, Sensitive};

const MAX_PREVIOUS_SECRETS: usize = 8;
pub(super) const MINUTE_MS: u64 = 60_000;

/// The PostgreSQL to use.
#[derive(Debug)]
pub enum Storage {
    /// A PostgreSQL that runs outside of the service.
    Remote {
        /// URL for the runtime role.
        runtime: Sensitive,
        /// URL for the owner of the schema. The same as `runtime` if only one of them is set.
        owner: Sensitive,
    },
    /// A cluster that the service creates, starts and stops.
    Embedded {
        /// Holds the cluster, its credentials and the key file.
        data_dir: PathBuf,
        /// Directory of PostgreSQL's programs; `None`: the service searches for them.
        pg_bin_dir: Option<PathBuf>,
        /// Whether the programs may be downloaded.
        allow_download: bool,
    },
}

impl Storage {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let runtime = reader.secret("database_url", values::database_url);
        let owner = reader.secret("migration_database_url", values::database_url);
        let data_dir = reader.required("data_dir", |text| Ok(PathBuf::from(text)));
        let pg_bin_dir = reader.optional("pg_bin_dir", |text| Ok(PathBuf::from(text)));
        let allow_download = reader.flag("allow_postgres_download");

        let (runtime, owner) = match (runtime?, owner?) {
            (None, None) => {
                return Ok(Self::Embedded {
                    data_dir: data_dir?,
                    pg_bin_dir: pg_bin_dir?,
                    allow_download: allow_download?,
                });
            }
            (Some(runtime), Some(owner)) => (runtime, owner),
            (Some(only), None) | (None, Some(only)) => {
                reader.warning(
                    "only one of DATABASE_URL and MIGRATION_DATABASE_URL is set: with a role that owns the schema the \
                    service could change the schema and the audit trail; any other role can neither migrate nor shorten \
                    retention_days",
                );
                (only.clone(), only)
            }
        };
        if [&runtime, &owner]
            .map(Sensitive::expose)
            .into_iter()
            .any(values::may_be_unencrypted)
        {
            reader.warning(
                "the database is on another machine and its URL has no sslmode: the connection may be unencrypted, and the \
                 server is not verified; add ?sslmode=verify-full",
            );
        }
        for key in ["data_dir", "pg_bin_dir", "allow_postgres_download"] {
            if reader.is_set(key) {
                reader.warning(format!(
                    "{key} has no effect: it applies to the embedded cluster only"
                ));
            }
        }
        Ok(Self::Remote { runtime, owner })
    }
}

/// The connection pool and the timeouts of its connections.
#[derive(Debug)]
pub struct Database {
    /// Maximum number of connections.
    pub pool_size: usize,
    /// Maximum wait for a connection of the pool.
    pub checkout_timeout: Duration,
    /// Maximum time to connect.
    pub connect_timeout: Duration,
    /// How long `serve` and `migrate` wait for an unavailable database.
    pub start_timeout: Duration,
    /// `statement_timeout` of each connection.
    pub statement_timeout: Duration,
    /// Maximum time of a read that may scan many rows.
    pub read_timeout: Duration,
    /// `lock_timeout` of each connection.
    pub lock_timeout: Duration,
    /// `idle_in_transaction_session_timeout` of each connection.
    pub idle_in_transaction_timeout: Duration,
}

impl Database {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let pool_size = reader.count("database_pool_size", 1..=100);
        let checkout = reader.milliseconds("database_checkout_timeout_ms", 1..=MINUTE_MS);
        let connect = reader.milliseconds("database_connect_timeout_ms", 100..=MINUTE_MS);
        let start = reader.seconds("database_start_timeout_seconds", 0..=3600);
        let statement = reader.milliseconds("database_statement_timeout_ms", 10..=10 * MINUTE_MS);
        let read = reader.milliseconds("database_read_timeout_ms", 10..=10 * MINUTE_MS);
        let lock = reader.milliseconds("database_lock_timeout_ms", 1..=10 * MINUTE_MS);
        let idle = reader.milliseconds(
            "database_idle_in_transaction_timeout_ms",
            100..=10 * MINUTE_MS,
        );
        if let Ok(statement) = &statement {
            let statement = ("database_statement_timeout_ms", *statement);
            if let Ok(lock) = &lock {
                check_within(reader, ("database_lock_timeout_ms", *lock), statement);
            }
            if let Ok(read) = &read {
                check_within(reader, ("database_read_timeout_ms", *read), statement);
            }
        }
        Ok(Self {
            pool_size: pool_size?,
            checkout_timeout: checkout?,
            connect_timeout: connect?,
            start_timeout: start?,
            statement_timeout: statement?,
            read_timeout: read?,
            lock_timeout: lock?,
            idle_in_transaction_timeout: idle?,
        })
    }
}

/// The HTTP server.
#[derive(Debug)]
pub struct Http {
    /// Address and port; with port 0 the operating system chooses a free port.
    pub listen_addr: SocketAddr,
    /// Base of the links in responses; `None`: the base is taken from the request.
    pub public_url: Option<BaseUrl>,
    /// Networks whose forwarding headers are trusted.
    pub trusted_proxies: Vec<Network>,
    /// The forwarding headers that the proxies write.
    pub proxy_headers: ProxyHeaders,
    /// Threads; `None`: by the number of cores, see [`Http::workers_on`].
    pub workers: Option<NonZeroUsize>,
    /// Limits of the number of connections and of their waits.
    pub connections: ConnectionLimits,
    /// Maximum memory of responses, in bytes.
    pub answer_memory: usize,
    /// Maximum size of the responses that one application stores for idempotent retries, in bytes.
    pub kept_answers: u64,
    /// Maximum time from the head of a request to its response.
    pub request_timeout: Duration,
    /// How long the service continues to serve after SIGTERM, reported as not ready.
    pub shutdown_drain: Duration,
    /// How long running requests may continue after that.
    pub shutdown_grace: Duration,
}

impl Http {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let listen_addr = reader.required("listen_addr", values::listen_addr);
        let public_url = reader.optional("public_url", values::base_url);
        let trusted_proxies = reader.list("trusted_proxies", values::network);
        let proxy_headers = reader.required("proxy_headers", values::proxy_headers);
        let workers = reader.count("http_workers", 0..=256);
        let total = reader.count("http_max_connections", 1..=100_000);
        let per_client = reader.count("http_max_connections_per_client", 1..=100_000);
        let head = reader.milliseconds("http_request_head_timeout_ms", 100..=MINUTE_MS);
        let answer_memory = reader.count("http_answer_memory_mib", 16..=65_536);
        let kept_answers = reader.count("idempotency_kept_mib", 1..=1_048_576);
        let request_timeout = reader.milliseconds("http_request_timeout_ms", 100..=10 * MINUTE_MS);
        let idle = reader.seconds("http_keep_alive_seconds", 0..=3600);
        let stall = reader.milliseconds("http_write_stall_ms", 100..=10 * MINUTE_MS);
        let shutdown_drain = reader.seconds("shutdown_drain_seconds", 0..=300);
        let shutdown_grace = reader.seconds("shutdown_grace_seconds", 0..=LONGEST_GRACE_SECONDS);
        Ok(Self {
            listen_addr: listen_addr?,
            public_url: public_url?,
            trusted_proxies: trusted_proxies?,
            proxy_headers: proxy_headers?,
            workers: NonZeroUsize::new(workers?),
            connections: ConnectionLimits {
                total: total?,
                per_client: per_client?,
                head: head?,
                idle: idle?,
                stall: stall?,
            },
            answer_memory: answer_memory?.saturating_mul(1024 * 1024),
            kept_answers: u64::try_from(kept_answers?)
                .unwrap_or(u64::MAX)
                .saturating_mul(1024 * 1024),
            request_timeout: request_timeout?,
            shutdown_drain: shutdown_drain?,
            shutdown_grace: shutdown_grace?,
        })
    }

    /// Returns the number of threads on a machine with `cores` cores.
    #[must_use]
    pub fn workers_on(&self, cores: usize) -> usize {
        self.workers.map_or((cores / 2).max(2), NonZeroUsize::get)
    }
}

/// Exporting audit logs.
#[derive(Debug)]
pub struct AuditExports {
    /// Maximum number of concurrent exports.
    pub at_once: usize,
    /// Minimum reading rate of a client, in bytes per second.
    pub bytes_per_second: u32,
    /// How far a client may fall behind that rate.
    pub slack: Duration,
}

impl AuditExports {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let at_once = reader.count("audit_exports", 0..=100);
        let floor = reader.count("audit_export_bytes_per_second", 1..=1_000_000_000);
        let slack = reader.milliseconds("audit_export_slack_ms", 100..=10 * MINUTE_MS);
        Ok(Self {
            at_once: at_once?,
            bytes_per_second: u32::try_from(floor?).unwrap_or(u32::MAX),
            slack: slack?,
        })
    }
}

/// The log.
#[derive(Debug)]
pub struct Log {
    /// The format of its lines.
    pub format: LogFormat,
    /// The filter by level and module.
    pub filter: Targets,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// [`LogFormat::Text`] on a terminal, else [`LogFormat::Json`].
    Auto,
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

impl Log {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Noted> {
        let format = reader.required("log_format", |text| match text {
            "auto" => Ok(LogFormat::Auto),
            "json" => Ok(LogFormat::Json),
            "text" => Ok(LogFormat::Text),
            _ => Err("must be json, text or auto".to_owned()),
        });
        let filter = reader.required("log_level", values::log_filter);
        Ok(Self {
            format: format?,
            filter: filter?,
        })
    }
}

/// The secrets from which the service's keys are derived.
#[derive(Debug)]
pub struct Secrets {
    current: Secret,
    previous: Vec<Secret>,
}

impl Secrets {
    /// Returns `None` if no secret is set.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Self>, Noted> {
        let parse = |text: &str| Secret::parse(text).map_err(|error| error.to_string());
        let current = reader.secret("secret_key", parse);
        let previous = reader.secret_list("secret_keys_previous", parse);
        let (current, previous) = (current?, previous?);
        if previous.len() > MAX_PREVIOUS_SECRETS {
            let message = format!("must be at most {MAX_PREVIOUS_SECRETS} secrets");
            return Err(reader.problem("secret_keys_previous", &message));
        }
        match current {
            Some(current) => Ok(Some(Self { current, previous })),
            None if previous.is_empty() => Ok(None),
            None => Err(reader.problem(
                "secret_keys_previous",
                "needs SECRET_KEY, the secret that is current",
            )),
        }
    }

    /// Returns the key ring of these secrets.
    #[must_use]
    pub fn key_ring(&self) -> KeyRing {
        KeyRing::new(self.current.clone(), self.previous.clone())
    }
}

/// Reports a missing secret: every process of a shared database must derive the same keys.
pub(super) fn check_secrets(reader: &mut Reader<'_>, storage: &Storage, secrets: Option<&Secrets>) {
    if matches!(storage, Storage::Remote { .. }) && secrets.is_none() {
        reader.problem(
            "secret_key",
            "is required with DATABASE_URL, the same for every process (`openssl rand -base64 32` generates one)",
        );
    }
}

/// Reports an inner timeout that is not shorter than the outer one and thus never reached. Names the key that was set.
pub(super) fn check_within(
    reader: &mut Reader<'_>,
    (inner_key, inner): (&str, Duration),
    (outer_key, outer): (&str, Duration),
) {
    if inner < outer {
        return;
    }
    let (inner, outer) = (inner.as_millis(), outer.as_millis());
    if reader.is_set(outer_key) && !reader.is_set(inner_key) {
        reader.problem(
            outer_key,
            &format!("must be more than {inner_key}, which is {inner} ms"),
        );
    } else {
        reader.problem(
            inner_key,
            &format!("must be less than {outer_key}, which is {outer} ms"),
        );
    }
}
