//! [`AuditReader`] on PostgreSQL.

mod filter;
mod page;
mod row;

use async_trait::async_trait;
use users_domain::model::{ApplicationId, AuditPage, AuditStart, ListAudit, PageSize, VendorData};
use users_domain::ports::{AuditReader, StoreError};

use crate::pool::Pool;

pub(crate) use page::{activity, list};

/// Reads the audit trail.
#[derive(Clone)]
pub struct PgAuditReader {
    pool: Pool,
}

impl PgAuditReader {
    /// Over this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl AuditReader for PgAuditReader {
    async fn list(
        &self,
        application: ApplicationId,
        question: &ListAudit,
    ) -> Result<AuditPage, StoreError> {
        let question = question.clone();
        self.pool
            .run(move |connection| list(connection, application, &question))
            .await
    }

    async fn activity(
        &self,
        application: ApplicationId,
        vendor_data: &VendorData,
        start: AuditStart,
        size: PageSize,
    ) -> Result<Option<AuditPage>, StoreError> {
        let name = vendor_data.clone();
        self.pool
            .run(move |connection| activity(connection, application, &name, start, size))
            .await
    }
}
