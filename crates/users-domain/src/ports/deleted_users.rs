//! Finding users that were deleted and are still kept.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{ApplicationId, DeletedPosition, UserId, UserRecord, VendorData};

/// Finds the deleted users of one application. Users that are not deleted MUST be absent from every answer, and users of other
/// applications too.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait DeletedUserReader: Send + Sync {
    /// At most `limit` deleted users from behind `after` on. The newest deletion MUST come first, of several at one time the
    /// greatest id. There may be fewer where they are longer together than a page, as
    /// [`crate::rules::listing::end_page`] finds; then they MUST reach beyond its end.
    async fn list(
        &self,
        application: ApplicationId,
        after: Option<DeletedPosition>,
        limit: usize,
    ) -> Result<Vec<UserRecord>, StoreError>;

    /// Of each name the user that was deleted last, and those of the ids that are deleted, with their names. In no order; each
    /// MUST be there once.
    async fn candidates(
        &self,
        application: ApplicationId,
        names: &[VendorData],
        ids: &[UserId],
    ) -> Result<Vec<(UserId, VendorData)>, StoreError>;
}
