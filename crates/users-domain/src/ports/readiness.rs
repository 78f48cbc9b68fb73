//! Whether requests can be served.

use async_trait::async_trait;

use super::StoreError;

/// Tells whether the store can be used.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Succeeds when the store answers and has the schema that this build expects.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] with the reason.
    async fn check(&self) -> Result<(), StoreError>;
}
