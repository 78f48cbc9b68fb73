//! [`AuditTrail`] on PostgreSQL.

use std::sync::LazyLock;

use async_trait::async_trait;
use users_domain::model::{ApplicationId, AuditEntry};
use users_domain::ports::{AuditTrail, StoreError};

use crate::audit::{ENTRY_COLUMNS, STORED_AUDIT, StoredAudit};
use crate::failure::Failure;
use crate::pool::{Pool, Work};
use crate::rows::json_of;
use crate::statement::Statement;

/// Inserts in the order of ids, like every statement that writes entries, so that they cannot deadlock.
static APPEND: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH given AS (
            SELECT * FROM jsonb_to_recordset($1::jsonb) AS r ({STORED_AUDIT})
        ), entered AS (
            INSERT INTO audit_entries (application_id, {ENTRY_COLUMNS})
            SELECT $2, {ENTRY_COLUMNS} FROM given
            ORDER BY id
            ON CONFLICT (application_id, id) DO NOTHING
            RETURNING id
        )
        INSERT INTO audit_details (application_id, entry_id, salt, detail)
        SELECT $2, id, salt, detail FROM given WHERE id IN (SELECT id FROM entered)"
    )
});

/// Adds to the audit trail.
#[derive(Clone)]
pub struct PgAuditTrail {
    pool: Pool,
}

impl PgAuditTrail {
    /// Creates the adapter on this pool.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

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
        let rows = first_of_each(&entries);
        self.pool
            .run_for(application, Work::Write, move |connection| {
                Statement::new(APPEND.as_str())
                    .bind(json_of(&rows)?)
                    .bind(application.uuid())
                    .run(connection)?;
                Ok(())
            })
            .await
    }
}

/// Removes entries with a repeated id, because the statement would write the details of all of them.
fn first_of_each(entries: &[AuditEntry]) -> Vec<StoredAudit> {
    let mut ids = std::collections::HashSet::new();
    let new = entries.iter().filter(|entry| ids.insert(entry.header.id));
    new.map(|entry| StoredAudit::of(entry, false)).collect()
}
