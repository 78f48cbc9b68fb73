//! The ports of the domain, kept in memory: a real adapter for fast tests, of this service and of others.
//!
//! [`MemoryStore`] does all that the ports demand, by one lock around everything. It is bounded by nothing but memory,
//! unless [`MemoryStore::set_event_capacity`] says otherwise, and forgets everything when it is dropped: it must never
//! serve real users. [`MemoryRateLimiter`], which counts requests, may: what it forgets is a minute old at most.

mod access;
mod audit;
mod claims;
mod clock;
mod deleted_users;
mod evidence;
mod rate_limiter;
mod readiness;
mod state;
mod store;
mod user_reader;
mod user_store;
mod webhooks;

pub use rate_limiter::MemoryRateLimiter;
pub use state::StoredEvent;
pub use store::MemoryStore;
pub use webhooks::{StoredDeadLetter, StoredDelivery};
