//! [`AuditReader`] on PostgreSQL.

mod filter;
mod page;
mod proof;
mod row;

use async_trait::async_trait;
use users_domain::model::{
    ApplicationId, AuditId, AuditPage, AuditStart, ListAudit, PageSize, VendorData,
};
use users_domain::ports::{AuditReader, StoreError};

use crate::adapters::PgAuditReader;

pub(crate) use page::{activity, list};
pub use proof::StoredAuditPage;

impl PgAuditReader {
    /// Reads at most `limit` entries of an application in the order of their ids, with the details and salts that their
    /// commitments cover, in one snapshot.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stored(
        &self,
        application: ApplicationId,
        after: Option<AuditId>,
        limit: usize,
    ) -> Result<StoredAuditPage, StoreError> {
        self.pool
            .run(move |connection| {
                let mut moment = connection.build_transaction().repeatable_read().read_only();
                moment.run(|connection| proof::page(connection, application, after, limit))
            })
            .await
    }

    /// The number of entries of all applications whose details were erased, according to the purge receipts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn erased_by_receipts(&self) -> Result<u64, StoreError> {
        self.pool.run(proof::erased).await
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
            .read(application, move |reading| {
                reading.run(|connection| list(connection, application, &question))
            })
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
            .read(application, move |reading| {
                reading.run(|connection| activity(connection, application, &name, start, size))
            })
            .await
    }
}
