//! Reads the whole audit trail in the order of its ids, to verify it against its commitments.

use std::sync::LazyLock;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use users_domain::model::{ApplicationId, AuditId, StoredAuditEntry};
use uuid::Uuid;

use super::row::SealedRow;
use crate::audit::ENTRY_COLUMNS;
use crate::failure::Failure;
use crate::numbers::signed;
use crate::rows::unsigned;
use crate::schema::tables::{audit_details, purge_runs};
use crate::statement::Statement;

static ENTRIES: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {ENTRY_COLUMNS}, d.salt, d.detail, d.shown, 0::bigint AS found
         FROM audit_entries e LEFT JOIN audit_details d ON d.application_id = $1 AND d.entry_id = e.id
         WHERE e.application_id = $1 AND e.id > $2 ORDER BY e.id LIMIT $3"
    )
});

/// A page of entries in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAuditPage {
    /// The entries.
    pub entries: Vec<StoredAuditEntry>,
    /// The number of details in the range of the page that belong to no entry.
    pub stray_details: u64,
    /// The start of the next page; `None` after the last page.
    pub next: Option<AuditId>,
}

/// Reads at most `limit` entries of an application after the given one.
pub(super) fn page(
    connection: &mut PgConnection,
    application: ApplicationId,
    after: Option<AuditId>,
    limit: usize,
) -> Result<StoredAuditPage, Failure> {
    let after = after.map_or(Uuid::nil(), AuditId::uuid);
    let rows: Vec<SealedRow> = Statement::new(ENTRIES.as_str())
        .bind(application.uuid())
        .bind(after)
        .bind(signed(limit))
        .rows(connection)?;
    let is_full = rows.len() >= limit;
    let entries: Vec<_> = rows.into_iter().map(|row| row.into_stored(application)).collect();
    let next = entries.last().map(|entry| entry.id).filter(|_| is_full);
    let details: i64 = audit_details::table
        .filter(audit_details::application_id.eq(application.uuid()))
        .filter(audit_details::entry_id.gt(after))
        .filter(audit_details::entry_id.le(next.map_or(Uuid::max(), AuditId::uuid)))
        .count()
        .get_result(connection)?;
    let found = entries.iter().filter(|entry| entry.detail.is_some()).count();
    let details: u64 = unsigned("count", details)?;
    Ok(StoredAuditPage { stray_details: details.saturating_sub(found as u64), entries, next })
}

/// The number of entries of all applications whose details were erased, according to the receipts.
pub(super) fn erased(connection: &mut PgConnection) -> Result<u64, Failure> {
    let sum = sql::<BigInt>("coalesce(sum(audit_entries), 0)::bigint");
    let erased = purge_runs::table.select(sum);
    unsigned("count", erased.get_result::<i64>(connection)?)
}
