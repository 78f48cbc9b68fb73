//! Keeping what users are searched in up to date.

use async_trait::async_trait;

use super::StoreError;

/// Keeps searched texts as the normalisation of this build makes them.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait SearchUpkeep: Send + Sync {
    /// Makes the texts anew that an older normalisation made, of at most `limit` users of all applications. Answers how
    /// many; fewer than `limit` where no more are left that nobody else is writing.
    async fn renew_texts(&self, limit: usize) -> Result<usize, StoreError>;
}
