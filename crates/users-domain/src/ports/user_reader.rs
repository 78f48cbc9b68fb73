//! Reading users.

use async_trait::async_trait;

use super::StoreError;
use crate::model::evidence::History;
use crate::model::{
    ApplicationId, ListUsers, Timestamp, UserDetail, UserId, UserKey, UserPage, UserRecord,
    UserStatus, VendorData,
};

/// Reads users of one application. Deleted users MUST be absent from every answer but to a question for them, and every
/// answer MUST show all that was committed before the question was asked.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait UserReader: Send + Sync {
    /// The user of this key.
    async fn find(
        &self,
        application: ApplicationId,
        key: &UserKey,
    ) -> Result<Option<UserDetail>, StoreError>;

    /// One page. Its rows MUST be those that [`crate::rules::listing`] gives for all users of the application; an adapter
    /// MUST NOT read much more than them.
    async fn list(
        &self,
        application: ApplicationId,
        question: &ListUsers,
    ) -> Result<UserPage, StoreError>;

    /// Status and version of the user of this name, by one look-up.
    async fn status(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<Option<(UserStatus, u64)>, StoreError>;

    /// Whether the user of this name that was deleted last is kept and was BLOCKED.
    async fn block_left(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<bool, StoreError>;

    /// At most `limit` users in id order, from behind `after` on, each with all that its standing follows from; fewer, and
    /// at least one while there are any, where they have very many sessions together. A page MUST be of one moment.
    async fn histories(
        &self,
        application: ApplicationId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<(UserRecord, History)>, StoreError>;

    /// The ids of at most `limit` users that were made at or before `made_by`, in id order, from behind `after` on.
    async fn ids_made_by(
        &self,
        application: ApplicationId,
        made_by: Timestamp,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError>;
}
