//! The API on the store in memory.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod access;
mod create;
mod delete;
mod get;
mod support;
mod update;
mod update_status;
