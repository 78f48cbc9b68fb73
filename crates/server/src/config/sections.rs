//! The settings by topic: their keys and ranges. `default.toml` documents the meaning of each key.

use std::net::SocketAddr;
use std::time::Duration;

use adapter_postgres::PoolConfig;
use adapter_rate_limits::RedisConfig;
use api_actix::{BaseUrl, ConnectionLimits, LONGEST_GRACE_SECONDS, ProxyHeaders};
use clap::ValueEnum;
use layered_settings::{Noted, Reader, read_fields, section};
use tracing_subscriber::filter::Targets;
use users_domain::model::Network;
use users_domain::rules::DefaultLimits;
use users_domain::service::PurgePace;

use super::values;

pub(super) const MINUTE_MS: u64 = 60_000;

/// Maximum of a rate limit, above the capacity of one process.
const MOST_REQUESTS: u64 = 10_000_000;

/// Time limits, each with the limit around it, which must be longer.
pub(super) const WITHIN: [(&str, &str); 7] = [
    ("database_lock_timeout_ms", "database_statement_timeout_ms"),
    ("database_read_timeout_ms", "database_statement_timeout_ms"),
    ("database_checkout_timeout_ms", "http_request_timeout_ms"),
    ("database_statement_timeout_ms", "http_request_timeout_ms"),
    ("delete_all_time_budget_ms", "http_request_timeout_ms"),
    ("webhook_connect_timeout_ms", "webhook_request_timeout_ms"),
    ("webhook_request_timeout_ms", "http_request_timeout_ms"),
];

section! {
    /// The connections to PostgreSQL.
    pub(crate) struct Database {
        /// How long `serve` and `migrate` wait for an unavailable database.
        pub(crate) start_timeout: Duration = seconds("database_start_timeout_seconds", 0..=3600),
        /// The pool for requests. Its `call_timeout` is not a setting.
        pub(crate) pool: PoolConfig = with(pool),
    }
}

fn pool(reader: &mut Reader<'_>) -> Result<PoolConfig, Noted> {
    let minutes = 10 * MINUTE_MS;
    read_fields!(reader, PoolConfig {
        connections = number("database_pool_size", 1..=100),
        checkout_timeout = milliseconds("database_checkout_timeout_ms", 1..=MINUTE_MS),
        connect_timeout = milliseconds("database_connect_timeout_ms", 100..=MINUTE_MS),
        statement_timeout = milliseconds("database_statement_timeout_ms", 10..=minutes),
        read_timeout = milliseconds("database_read_timeout_ms", 10..=minutes),
        lock_timeout = milliseconds("database_lock_timeout_ms", 1..=minutes),
        idle_in_transaction_timeout = milliseconds("database_idle_in_transaction_timeout_ms", 100..=minutes),
        ..PoolConfig::default()
    })
}

section! {
    /// The HTTP server.
    pub(crate) struct Http {
        /// Address and port; with port 0 the operating system chooses a free port.
        pub(crate) listen_addr: SocketAddr = required("listen_addr", values::listen_addr),
        /// Base of the links in responses; `None`: the base is taken from the request.
        pub(crate) public_url: Option<BaseUrl> = optional("public_url", values::base_url),
        /// Networks whose forwarding headers are trusted.
        pub(crate) trusted_proxies: Vec<Network> = list("trusted_proxies", values::network),
        /// The forwarding headers that the proxies write.
        pub(crate) proxy_headers: ProxyHeaders = required("proxy_headers", values::proxy_headers),
        /// Threads; 0: by the number of cores, see [`Http::workers_on`].
        pub(crate) workers: usize = number("http_workers", 0..=256),
        /// Limits of the number of connections and of their waits.
        pub(crate) connections: ConnectionLimits = with(connections),
        /// Maximum memory of responses, in bytes.
        pub(crate) answer_memory: usize = mebibytes("http_answer_memory_mib", 16..=65_536),
        /// Maximum size of the responses that one application stores for idempotent retries, in bytes.
        pub(crate) kept_answers: u64 = mebibytes("idempotency_kept_mib", 1..=1_048_576),
        /// Maximum time from the head of a request to its response.
        pub(crate) request_timeout: Duration = milliseconds("http_request_timeout_ms", 100..=10 * MINUTE_MS),
        /// How long the service continues to serve after SIGTERM, reported as not ready.
        pub(crate) shutdown_drain: Duration = seconds("shutdown_drain_seconds", 0..=300),
        /// How long running requests may continue after that.
        pub(crate) shutdown_grace: Duration = seconds("shutdown_grace_seconds", 0..=LONGEST_GRACE_SECONDS),
    }
}

fn connections(reader: &mut Reader<'_>) -> Result<ConnectionLimits, Noted> {
    read_fields!(reader, ConnectionLimits {
        total = number("http_max_connections", 1..=100_000),
        per_client = number("http_max_connections_per_client", 1..=100_000),
        head = milliseconds("http_request_head_timeout_ms", 100..=MINUTE_MS),
        idle = seconds("http_keep_alive_seconds", 0..=3600),
        stall = milliseconds("http_write_stall_ms", 100..=10 * MINUTE_MS),
    })
}

impl Http {
    /// Returns the number of threads on a machine with `cores` cores.
    pub(crate) fn workers_on(&self, cores: usize) -> usize {
        if self.workers == 0 { (cores / 2).max(2) } else { self.workers }
    }
}

section! {
    /// Deleting all users of an application.
    pub(crate) struct DeleteAll {
        /// How long one request deletes users.
        pub(crate) time_budget: Duration = milliseconds("delete_all_time_budget_ms", 1..=10 * MINUTE_MS),
        /// Users per transaction.
        pub(crate) chunk_users: usize = number("delete_chunk_users", 1..=100),
    }
}

section! {
    /// Exporting audit logs.
    pub(crate) struct AuditExports {
        /// Maximum number of concurrent exports.
        pub(crate) at_once: usize = number("audit_exports", 0..=100),
        /// Minimum reading rate of a client, in bytes per second.
        pub(crate) bytes_per_second: u32 = number("audit_export_bytes_per_second", 1..=1_000_000_000),
        /// How far a client may fall behind that rate.
        pub(crate) slack: Duration = milliseconds("audit_export_slack_ms", 100..=10 * MINUTE_MS),
    }
}

section! {
    /// When users whose retention period has ended are erased, and how many at a time.
    pub(crate) struct Purge {
        /// Time from the end of a run to the start of the next; zero: users are erased only by the command.
        pub(crate) period: Duration = seconds("purge_period_seconds", 0..=7 * 86_400),
        /// The size of one transaction.
        pub(crate) pace: PurgePace = with(purge_pace),
    }
}

fn purge_pace(reader: &mut Reader<'_>) -> Result<PurgePace, Noted> {
    read_fields!(reader, PurgePace {
        most_users = number("purge_most_users", 1..=10_000),
        target_millis = number("purge_target_ms", 1..=5_000),
    })
}

section! {
    /// The rate limits, and where requests are counted.
    pub(crate) struct Limits {
        /// Limits where neither the key nor its application sets a limit.
        pub(crate) defaults: DefaultLimits = with(default_limits),
        /// Redis that counts requests of all processes; `None`: each process counts its own requests.
        pub(crate) redis: Option<RedisConfig> = with(redis),
    }
}

fn default_limits(reader: &mut Reader<'_>) -> Result<DefaultLimits, Noted> {
    read_fields!(reader, DefaultLimits {
        reads_per_minute = number("rate_limit_get_per_minute", 0..=MOST_REQUESTS),
        writes_per_minute = number("rate_limit_write_per_minute", 0..=MOST_REQUESTS),
        service_per_minute = number("rate_limit_service_per_minute", 0..=MOST_REQUESTS),
        unauthenticated_per_minute = number("rate_limit_unauthenticated_per_minute", 0..=MOST_REQUESTS),
        public_per_minute = number("rate_limit_public_per_minute", 0..=MOST_REQUESTS),
    })
}

fn redis(reader: &mut Reader<'_>) -> Result<Option<RedisConfig>, Noted> {
    let url = reader.secret("redis_url", values::redis_url);
    let call_timeout = reader.milliseconds("redis_call_timeout_ms", 1..=MINUTE_MS);
    let connect_timeout = reader.milliseconds("redis_connect_timeout_ms", 1..=MINUTE_MS);
    let (url, call_timeout, connect_timeout) = (url?, call_timeout?, connect_timeout?);
    Ok(url.map(|url| RedisConfig { url, call_timeout, connect_timeout }))
}

section! {
    /// The log.
    pub(crate) struct Log {
        /// The format of its lines.
        pub(crate) format: LogFormat = required("log_format", log_format),
        /// The filter by level and module.
        pub(crate) filter: Targets = required("log_level", values::log_filter),
    }
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// [`LogFormat::Text`] on a terminal, else [`LogFormat::Json`].
    Auto,
    /// One JSON object per line.
    Json,
    /// For people.
    Text,
}

fn log_format(text: &str) -> Result<LogFormat, String> {
    LogFormat::from_str(text, false).map_err(|_| "must be json, text or auto".to_owned())
}
