//! Ports: traits for the external dependencies of the domain, with their errors. Every MUST has a conformance test in
//! the crate `testkit`, which runs on every adapter; docs/TESTING.md lists the suite of each port.

mod access;
mod audit;
mod deleted_users;
mod event_encoder;
mod idempotency;
mod purge;
mod rate_limiter;
mod readiness;
mod user_reader;
mod user_store;
mod webhooks;

use thiserror::Error;

use crate::model::Timestamp;
pub use crate::rules::Facts;
pub use access::*;
pub use audit::*;
pub use deleted_users::*;
pub use event_encoder::*;
pub use idempotency::*;
pub use purge::*;
pub use rate_limiter::*;
pub use readiness::*;
pub use user_reader::*;
pub use user_store::*;
pub use webhooks::*;

/// Provides the current time. The only clock of the domain, so that tests can control it.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// Generates random bytes suitable for secrets. The only source of randomness, so that tests can control it.
pub trait Entropy: Send + Sync {
    /// Returns 32 unpredictable bytes.
    fn seed(&self) -> [u8; 32];
}

/// Why a store call failed. The text is for logs, never for clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Unreachable, overloaded or over a time limit: the same call may succeed later.
    #[error("the store is not available: {reason}")]
    Unavailable {
        /// The observed error, without personal data.
        reason: String,
    },
    /// A read exceeded its time limit. A smaller request may succeed.
    #[error("the read takes too long")]
    TooSlow,
    /// The store returned an unexpected result: a defect in this service or in the store.
    #[error("the store failed: {reason}")]
    Defect {
        /// The observed error, without personal data.
        reason: String,
    },
}
