//! The connection pools, separate per kind of work.

use adapter_postgres::{InvalidUrl, Pool, PoolConfig};

use crate::config::Config;
use crate::database::Database;

/// The pool for requests.
pub(super) fn requests(config: &Config, database: &Database) -> Result<Pool, InvalidUrl> {
    Pool::new(&database.urls.runtime, &settings(config))
}

/// The pool for delivery, separate so that requests and delivery never wait for each other.
pub(super) fn delivery(config: &Config, database: &Database) -> Result<Pool, InvalidUrl> {
    let settings = PoolConfig {
        connections: config.delivery.pool_size,
        application_name: "users-server delivery".to_owned(),
        ..settings(config)
    };
    Pool::new(&database.urls.runtime, &settings)
}

/// A separate connection for readiness, so that a busy service is still reported as ready.
pub(super) fn readiness(config: &Config, database: &Database) -> Result<Pool, InvalidUrl> {
    let settings = PoolConfig {
        connections: 1,
        application_name: "users-server readiness".to_owned(),
        ..settings(config)
    };
    Pool::new(&database.urls.runtime, &settings)
}

/// The one connection of a command.
pub(crate) fn command_pool(config: &Config, database: &Database) -> Result<Pool, InvalidUrl> {
    one_of(config, &database.urls.runtime)
}

/// The one connection of a command that only the owner of the schema may run.
pub(crate) fn owner_pool(config: &Config, database: &Database) -> Result<Pool, InvalidUrl> {
    one_of(config, &database.urls.owner)
}

fn one_of(config: &Config, url: &str) -> Result<Pool, InvalidUrl> {
    let settings = PoolConfig { connections: 1, ..settings(config) };
    Pool::new(url, &settings)
}

fn settings(config: &Config) -> PoolConfig {
    PoolConfig { call_timeout: config.http.request_timeout, ..config.database.pool.clone() }
}
