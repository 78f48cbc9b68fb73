//! Queries of users.

use async_trait::async_trait;

use super::StoreError;
use crate::model::evidence::History;
use crate::model::{
    ApplicationId, ListUsers, Timestamp, UserDetail, UserId, UserKey, UserPage, UserRecord,
    UserStatus, VendorData,
};

/// Reads users of one application, as of all changes committed before. Deleted users MUST be absent unless requested.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait UserReader: Send + Sync {
    /// Returns the user with this key.
    async fn find(
        &self,
        application: ApplicationId,
        key: &UserKey,
    ) -> Result<Option<UserDetail>, StoreError>;

    /// Returns one page: its rows MUST be those of [`crate::rules::listing`], without reading many more.
    async fn list(
        &self,
        application: ApplicationId,
        query: &ListUsers,
    ) -> Result<UserPage, StoreError>;

    /// Returns status and version of the user with this `vendor_data`, with a single look-up.
    async fn status(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<Option<(UserStatus, u64)>, StoreError>;

    /// Whether the last deleted user with this `vendor_data` is still stored and was BLOCKED.
    async fn block_left(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
    ) -> Result<bool, StoreError>;

    /// Returns at most `limit` users in id order after `after`, each with its evidence. Returns fewer users, but at
    /// least one while any remain, if they have very many sessions. A page MUST be read from one snapshot.
    async fn histories(
        &self,
        application: ApplicationId,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<(UserRecord, History)>, StoreError>;

    /// Returns the ids of at most `limit` users created at or before `made_by`, in id order after `after`.
    async fn ids_made_by(
        &self,
        application: ApplicationId,
        made_by: Timestamp,
        after: Option<UserId>,
        limit: usize,
    ) -> Result<Vec<UserId>, StoreError>;
}
