//! Tests of the PostgreSQL adapter against real servers.

mod conformance;
mod embedded;
mod subject;
