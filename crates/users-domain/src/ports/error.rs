//! Errors of stores.

use thiserror::Error;

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
