//! [`AuditTrail`] on PostgreSQL.

use async_trait::async_trait;
use users_domain::model::{ApplicationId, AuditEntry};
use users_domain::ports::{AuditTrail, StoreError};

use crate::adapters::PgAuditTrail;
use crate::audit;
use crate::failure::Failure;
use crate::pool::Work;

#[async_trait]
impl AuditTrail for PgAuditTrail {
    async fn append(
        &self,
        application: ApplicationId,
        entries: Vec<AuditEntry>,
    ) -> Result<(), StoreError> {
        let is_ours = |entry: &AuditEntry| entry.header.application == application;
        if !entries.iter().all(is_ours) {
            return Err(Failure::defect("an audit entry of another application").into());
        }
        self.pool
            .run_for(application, Work::Write, move |connection| {
                audit::append(connection, application, &entries).map(drop)
            })
            .await
    }
}
