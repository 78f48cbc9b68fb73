//! From committed changes to deliveries.

use async_trait::async_trait;

use crate::model::{ApplicationId, UserStatus};
use crate::ports::StoreError;

/// What a round of sequencing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequenced {
    /// Another process was at it.
    Elsewhere,
    /// This one was.
    Done {
        /// Changes whose deliveries were made.
        changes: usize,
        /// Deliveries that were made of them.
        deliveries: usize,
    },
}

/// A kept count of an application's users that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongUserCount {
    /// Of the users with this status.
    pub status: UserStatus,
    /// The count that was kept.
    pub kept: u64,
    /// The count that it should have been.
    pub users: u64,
}

/// What waits between the transaction of a change and its deliveries.
///
/// - Every committed change MUST get one delivery per destination that is subscribed to it and not turned off by a client.
/// - Deliveries of one user MUST follow the user's `sequence`.
/// - The number of users that each application has by status MUST be kept as of the changes that were sequenced.
/// - Of rounds that run at once, in any processes, one MUST work and the others do nothing.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Outbox: Send + Sync {
    /// One round, on at most `limit` changes.
    async fn sequence(&self, limit: usize) -> Result<Sequenced, StoreError>;

    /// Compares the kept counts of an application's users with its users, and with `repair` replaces those that are wrong.
    async fn check_user_counts(
        &self,
        application: ApplicationId,
        repair: bool,
    ) -> Result<Vec<WrongUserCount>, StoreError>;
}
