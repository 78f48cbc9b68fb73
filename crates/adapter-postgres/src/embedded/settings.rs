//! The server's settings. They go on its command line at each start, so a new version of this program brings its own.

use super::Durability;

/// How many connections the pools of one process may have together. The rest of `max_connections` is for commands, migrations
/// and the superuser.
pub const POOLED_CONNECTIONS: usize = 40;

/// Roles and pools of one service need few connections; a throw-away cluster serves many tests at once.
const DURABLE: &[(&str, &str)] = &[("max_connections", "50"), ("shared_buffers", "128MB")];

/// Speed for data nobody will miss.
const THROW_AWAY: &[(&str, &str)] = &[
    ("max_connections", "200"),
    ("shared_buffers", "64MB"),
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("autovacuum_naptime", "5min"),
];

/// The log must hold no personal data: statements, parameters and the details of errors stay out of it. Errors themselves are in
/// it, with SQLSTATE in front: without them nobody could tell what the cluster lacks. They quote a value only where PostgreSQL
/// could not read it, and the service sends none in a form that it has to read.
const ALWAYS: &[(&str, &str)] = &[
    ("cluster_name", "users-service"),
    ("password_encryption", "scram-sha-256"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
    ("log_line_prefix", "%m [%p] %e "),
    ("log_min_messages", "error"),
    ("lc_messages", "C"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("log_statement", "none"),
    ("log_parameter_max_length", "0"),
    ("log_parameter_max_length_on_error", "0"),
    ("log_checkpoints", "off"),
];

/// Every setting but the endpoint's, the caller's last: the last one wins.
pub(super) fn of(durability: Durability, extra: &[(String, String)]) -> Vec<(String, String)> {
    let own = match durability {
        Durability::Durable => DURABLE,
        Durability::ThrowAway => THROW_AWAY,
    };
    let own = ALWAYS
        .iter()
        .chain(own)
        .map(|&(name, value)| (name.to_owned(), value.to_owned()));
    own.chain(extra.iter().cloned()).collect()
}
