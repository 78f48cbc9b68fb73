//! Tests of the API on the in-memory store.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod access;
mod allowed_networks;
mod audit;
mod below_a_prefix;
mod connections;
mod create;
mod create_fields;
mod delete;
mod deleted_users;
mod detail_size;
mod error_order;
mod errors;
mod failures;
mod get;
mod idempotency;
mod internal;
mod key_cache;
mod keys;
mod large_bodies;
mod legal_hold;
mod list;
mod list_pages;
mod list_search;
mod list_spellings;
mod logs;
mod long_pages;
mod memory;
mod metrics;
mod openapi;
mod prefer_strict;
mod rate_limits;
mod raw;
mod reading;
mod routing;
mod sent_back;
mod static_files;
mod strict;
mod support;
mod tenants;
mod update;
mod update_status;
mod verified;
mod webhooks;
