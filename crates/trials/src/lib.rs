//! The service tried as a whole: real server processes, a real PostgreSQL, a receiver that checks every signature.
//!
//! The programs `chaos` (everything dies again and again, and nothing may be lost), `limits`, `bench-webhooks` and `bench-ingest` (how
//! fast it is) are made of what is here. For tests only: nothing in the service may depend on this crate. It reads the
//! service's tables to compare them, and must never write into them but through the service's own code; `bench-ingest`
//! alone copies rows, so that there are many, and spoils some, to see them mended.
#![expect(
    clippy::indexing_slicing,
    reason = "JSON that lacks a member reads as null, which no check takes for right"
)]

pub mod api;
pub mod bench;
pub mod clock;
pub mod cluster;
pub mod dice;
pub mod faults;
pub mod fleet;
pub mod history;
pub mod ledger;
pub mod limits;
pub mod named_points;
pub mod receiver;
pub mod round;
pub mod scratch;
pub mod service;
pub mod siege;
pub mod writer;

/// What trials fail with: a text for whoever runs them.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
