//! Shared test support: builders, a reproducible clock and entropy, strategies for random values, and one conformance
//! suite per port.
//!
//! Crates may use this crate only as a dev-dependency. Failures are panics.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

mod builders;
mod callers;
mod clock;
pub mod conformance;
mod delivery;
mod encoder;
mod entropy;
mod journal;
mod property;
mod reports;
mod run;
pub mod strategies;
mod tenant;
mod webhooks;
mod webhooks_in_memory;

pub use builders::{
    a_reason, a_user, all_users, an_event, by_name, display_name, json_object, metadata, tag,
    to_status, vendor_data,
};
pub use callers::{a_caller, a_grant, a_key, a_key_entry, an_application, an_operators_context};
pub use clock::{FixedClock, base_time};
pub use delivery::{MANY, a_lease_request, release, retry, settlement, tried};
pub use encoder::PlainEncoder;
pub use entropy::{CountingEntropy, unique_seed};
pub use journal::Journal;
pub use property::for_all;
pub use reports::{
    Report, a_risk_report, a_session_report, a_transaction_report, an_approval, revision, second,
    session_id, transaction_id,
};
pub use run::run;
pub use tenant::Tenant;
pub use webhooks::{
    a_destination, a_recovery, a_sealed_secret, an_attempt, destination_url, newest_attempts,
    subscriptions,
};
pub use webhooks_in_memory::MemoryWebhooks;
