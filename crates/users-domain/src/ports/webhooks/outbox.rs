//! The outbox: creates deliveries from committed changes.

use async_trait::async_trait;

use crate::model::{ApplicationId, UserStatus};
use crate::ports::StoreError;

/// Result of one round of sequencing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequenced {
    /// Another process was sequencing; nothing was done.
    Elsewhere,
    /// This process sequenced changes.
    Done {
        /// Number of changes whose deliveries were created.
        changes: usize,
        /// Number of created deliveries.
        deliveries: usize,
    },
}

/// A wrong stored count of an application's users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongUserCount {
    /// The status of the counted users.
    pub status: UserStatus,
    /// The stored count.
    pub kept: u64,
    /// The correct count.
    pub users: u64,
}

/// The outbox of changes whose deliveries are not created yet.
///
/// - Every committed change MUST get one delivery per subscribed destination that no client has disabled.
/// - Deliveries of one user MUST follow the user's `sequence`.
/// - The stored number of users per application and status MUST reflect the sequenced changes.
/// - Of concurrent rounds, in any processes, one MUST work; the others do nothing.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Runs one round on at most `limit` changes.
    async fn sequence(&self, limit: usize) -> Result<Sequenced, StoreError>;

    /// Compares the stored counts of an application's users with its users. With `repair`, corrects wrong counts.
    async fn check_user_counts(
        &self,
        application: ApplicationId,
        repair: bool,
    ) -> Result<Vec<WrongUserCount>, StoreError>;
}
