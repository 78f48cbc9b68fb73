//! Readiness of the store, and its maintenance.

use async_trait::async_trait;

use super::StoreError;

/// Checks whether the store can be used.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Succeeds if the store responds and has the schema that this build expects.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the reason.
    async fn check(&self) -> Result<(), StoreError>;
}

/// Rebuilds search texts that an older version of the normalisation created.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait SearchUpkeep: Send + Sync {
    /// Rebuilds outdated search texts of at most `limit` users of all applications. Returns their number; fewer than
    /// `limit` if no more outdated texts remain, except for users that are being written at the moment.
    async fn renew_texts(&self, limit: usize) -> Result<usize, StoreError>;
}
