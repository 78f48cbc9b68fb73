//! Tests of the PostgreSQL adapter against real servers.

mod conformance;
mod contention;
mod deletion;
mod embedded;
mod history;
mod neighbours;
mod pool;
mod schema;
mod sessions;
mod source;
mod sql;
mod subject;
mod tenants;
mod values;
