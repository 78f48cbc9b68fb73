//! The memory adapter against the conformance suites of its ports.

mod access;
mod users;
