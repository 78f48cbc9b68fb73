//! Reading the audit trail, and appending entries that do not belong to a change.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{
    ApplicationId, AuditEntry, AuditPage, AuditStart, ListAudit, PageSize, VendorData,
};

/// Reads the audit trail of one application. Every result MUST include all entries committed before the query, and none
/// of another application. An entry whose detail was erased MUST be returned without it.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait AuditReader: Send + Sync {
    /// Returns one page. Its entries MUST be those that [`crate::rules::audit_listing`] returns for all entries.
    async fn list(
        &self,
        application: ApplicationId,
        query: &ListAudit,
    ) -> Result<AuditPage, StoreError>;

    /// Returns one page of the entries about the user with this `vendor_data`; `None` if no such user exists. Entries
    /// about earlier users with the same `vendor_data` MUST be absent.
    async fn activity(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
        start: AuditStart,
        size: PageSize,
    ) -> Result<Option<AuditPage>, StoreError>;
}

/// Appends audit entries that do not belong to a change. Entries of a change are written together with the change.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// Appends entries of one application. They MUST be written all or none, and none if one of them belongs to another
    /// application. An existing entry with the same id MUST stay unchanged.
    async fn append(
        &self,
        application: ApplicationId,
        entries: Vec<AuditEntry>,
    ) -> Result<(), StoreError>;
}
