//! [`AuditTrail`] on PostgreSQL.

use std::collections::HashSet;

use async_trait::async_trait;
use diesel::prelude::*;
use users_domain::model::{ApplicationId, AuditEntry};
use users_domain::ports::{AuditTrail, StoreError};
use uuid::Uuid;

use crate::audit::{NewDetail, NewEntry};
use crate::failure::Failure;
use crate::pool::{Pool, Work};
use crate::schema::tables::{audit_details, audit_entries};

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
        self.pool
            .run_for(application, Work::Write, move |connection| {
                connection.transaction(|connection| append(connection, &entries))
            })
            .await
    }
}

/// Appends in the order of ids, like every statement that writes entries, so that they cannot deadlock.
fn append(connection: &mut PgConnection, entries: &[AuditEntry]) -> Result<(), Failure> {
    let mut entries: Vec<&AuditEntry> = entries.iter().collect();
    entries.sort_by_key(|entry| entry.header.id);
    let rows: Vec<_> = entries.iter().map(|entry| NewEntry::of(entry)).collect();
    let mut new: HashSet<Uuid> = diesel::insert_into(audit_entries::table)
        .values(rows)
        .on_conflict((audit_entries::application_id, audit_entries::id))
        .do_nothing()
        .returning(audit_entries::id)
        .get_results(connection)?
        .into_iter()
        .collect();
    // If an id is repeated, only its first entry is stored.
    let stored = entries.into_iter().filter(|entry| new.remove(&entry.header.id.uuid()));
    let details: Vec<_> = stored.map(NewDetail::of).collect();
    diesel::insert_into(audit_details::table).values(details).execute(connection)?;
    Ok(())
}
