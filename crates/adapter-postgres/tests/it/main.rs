//! Tests of the PostgreSQL adapter against real servers.

mod embedded;
