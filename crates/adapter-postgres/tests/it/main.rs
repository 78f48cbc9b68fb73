//! Tests of the PostgreSQL adapter against real servers.

mod conformance;
mod embedded;
mod history;
mod schema;
mod sql;
mod subject;
