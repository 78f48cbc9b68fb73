//! Readiness of the store.

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
