//! What can be wrong with a store.

use thiserror::Error;

/// Why a store did not answer. The text is for logs, never for clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Away, too busy or over a time limit: the same call may succeed later.
    #[error("the store is not available: {reason}")]
    Unavailable {
        /// What was seen; without personal data.
        reason: String,
    },
    /// A read takes longer than reads may. Asked for less, it would be answered.
    #[error("the read takes too long")]
    TooSlow,
    /// It answered what it never should: a defect, here or there.
    #[error("the store failed: {reason}")]
    Defect {
        /// What was seen; without personal data.
        reason: String,
    },
}
