//! The memory adapter against the conformance suites of its ports, and what it adds to them.

mod access;
mod rate_limits;
mod store;
mod users;
mod webhooks;
