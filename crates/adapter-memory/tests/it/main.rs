//! The memory adapter: conformance suites of its ports, and its additional features.

mod access;
mod store;
mod users;
mod webhooks;
