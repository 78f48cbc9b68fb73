//! The server's settings. They are passed on the command line at each start, so a new version of this program can
//! change them.

use super::{Durability, EmbeddedOptions};

/// The maximum number of connections of all pools of one process, for a durable cluster. The rest of `max_connections`
/// is reserved for commands, migrations and the superuser.
pub const POOLED_CONNECTIONS: usize = 40;

/// One service needs few connections; a throw-away cluster serves many tests at once.
const DURABLE: &[(&str, &str)] = &[("max_connections", "50"), ("shared_buffers", "128MB")];

/// Speed instead of durability, for disposable data.
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

/// The log must not contain personal data, so statements, parameters and error details are not logged. Errors are
/// logged with their SQLSTATE, because operators need them. An error quotes a value only if PostgreSQL could not parse
/// it; a program that binds its values with their types sends none.
const COMMON: &[(&str, &str)] = &[
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

/// All settings except the endpoint's. The caller's come last, because the last one wins.
pub(super) fn of(options: &EmbeddedOptions) -> Vec<(String, String)> {
    let own = match options.durability {
        Durability::Durable => DURABLE,
        Durability::ThrowAway => THROW_AWAY,
    };
    let own = COMMON.iter().chain(own).map(|&(name, value)| (name.to_owned(), value.to_owned()));
    let name = ("cluster_name".to_owned(), options.database.clone());
    own.chain([name]).chain(options.extra_settings.iter().cloned()).collect()
}
