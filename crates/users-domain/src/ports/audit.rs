//! The audit trail: reading it, and adding to it what belongs to no change.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{
    ApplicationId, AuditEntry, AuditPage, AuditStart, ListAudit, PageSize, VendorData,
};

/// Reads the audit trail of one application. Every answer MUST show all that was committed before the question was asked,
/// and nothing of another application. An entry whose detail was erased MUST be shown without it.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait AuditReader: Send + Sync {
    /// One page. Its entries MUST be those that [`crate::rules::audit_listing`] gives for all entries of the application.
    async fn list(
        &self,
        application: ApplicationId,
        question: &ListAudit,
    ) -> Result<AuditPage, StoreError>;

    /// One page of the entries about the user of this name; `None` where there is no such user. Entries about earlier users
    /// of the name MUST be absent.
    async fn activity(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
        start: AuditStart,
        size: PageSize,
    ) -> Result<Option<AuditPage>, StoreError>;
}

/// Adds to the audit trail what belongs to no change. Whatever changes something writes its entries itself, together with
/// the change.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Adds entries of one application; they MUST be written all or none, and none where one of them is another
    /// application's. An entry whose id is known MUST stay as it was written first.
    async fn append(
        &self,
        application: ApplicationId,
        entries: Vec<AuditEntry>,
    ) -> Result<(), StoreError>;
}
