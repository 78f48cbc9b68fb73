//! End-to-end tests with real server processes, a real PostgreSQL and real HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod audit_log;
mod command_line;
mod connections;
mod embedded;
mod http;
mod idempotency;
mod keys;
mod lifecycle;
mod process;
mod purge;
mod rate_limits;
mod receiver;
mod rolling_restart;
mod secrets;
mod shared_database;
mod story;
mod unread_log;
mod webhooks;
