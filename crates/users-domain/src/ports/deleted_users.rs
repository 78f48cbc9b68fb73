//! Reading deleted users that are not erased yet.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{ApplicationId, DeletedPosition, UserId, UserRecord, VendorData};

/// Reads the deleted users of one application. Every other user MUST be absent from every result.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait DeletedUserReader: Send + Sync {
    /// Returns at most `limit` deleted users after position `after`. The newest deletion MUST come first; ties are
    /// sorted by descending id. The result may contain fewer users if they exceed the size of a page, as measured by
    /// [`crate::rules::listing::end_page`]; then they MUST reach beyond the end of the page.
    async fn list(
        &self,
        application: ApplicationId,
        after: Option<DeletedPosition>,
        limit: usize,
    ) -> Result<Vec<UserRecord>, StoreError>;

    /// Returns, for each `vendor_data`, the user that was deleted last, and all deleted users with one of the ids. The
    /// order is unspecified; each user MUST be returned once.
    async fn candidates(
        &self,
        application: ApplicationId,
        names: &[VendorData],
        ids: &[UserId],
    ) -> Result<Vec<(UserId, VendorData)>, StoreError>;
}
