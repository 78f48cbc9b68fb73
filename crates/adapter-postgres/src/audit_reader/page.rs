//! Reads one page of entries with one statement. [`users_domain::rules::audit_listing`] defines the result of a query;
//! the conformance suite compares this module with it.

use std::sync::LazyLock;

use diesel::prelude::*;
use users_domain::model::{
    ActivityKind, ApplicationId, AuditPage, AuditStart, ListAudit, PageSize, UserId, VendorData,
};

use super::filter::Filter;
use super::row::EntryRow;
use crate::audit::ENTRY_COLUMNS;
use crate::failure::Failure;
use crate::schema::tables::users;
use crate::statement::Statement;

/// The kinds of entries that are comments, as the indexes list them.
static COMMENT_KINDS: LazyLock<String> = LazyLock::new(|| words(ActivityKind::is_comment));

/// The kinds of entries that a user's activity omits.
static HIDDEN_KINDS: LazyLock<String> = LazyLock::new(|| words(|kind| !kind.is_activity()));

fn words(wanted: fn(ActivityKind) -> bool) -> String {
    let kinds = ActivityKind::ALL.into_iter().filter(|kind| wanted(*kind));
    let words: Vec<_> = kinds.map(|kind| format!("'{}'", kind.as_str())).collect();
    words.join(", ")
}

pub(crate) fn list(
    connection: &mut PgConnection,
    application: ApplicationId,
    question: &ListAudit,
) -> Result<AuditPage, Failure> {
    let filter = Filter::of(application, &question.filter);
    page(connection, application, filter, question.start, question.size)
}

/// A page of the entries about the user with this `vendor_data`.
pub(crate) fn activity(
    connection: &mut PgConnection,
    application: ApplicationId,
    name: &VendorData,
    start: AuditStart,
    size: PageSize,
) -> Result<Option<AuditPage>, Failure> {
    // A range and an order instead of an equation, so that every plan uses the index of names (docs/adr/0024).
    let user = users::table
        .filter(users::application_id.eq(application.uuid()))
        .filter(users::deleted_at.is_null())
        .filter(users::vendor_data.between(name.as_str(), name.as_str()))
        .order(users::vendor_data)
        .select(users::id)
        .first(connection)
        .optional()?;
    let page_about = |user| {
        let hidden = HIDDEN_KINDS.as_str();
        let filter =
            Filter::about(application, UserId::new(user)).and(&format!("e.kind NOT IN ({hidden})"));
        page(connection, application, filter, start, size)
    };
    user.map(page_about).transpose()
}

fn page(
    connection: &mut PgConnection,
    application: ApplicationId,
    filter: Filter,
    start: AuditStart,
    size: PageSize,
) -> Result<AuditPage, Failure> {
    let filter = filter.from(start);
    // The set of texts is open, and reads are rare compared with writes: planning each time costs less than a wrong
    // plan.
    let rows: Vec<EntryRow> = Statement::new(text(&filter, start, size))
        .planned_each_time()
        .bind_all(filter.binds)
        .rows(connection)?;
    let found = rows.first().map_or(0, |row| row.found);
    let more = usize::try_from(found).is_ok_and(|found| found > rows.len());
    let records = rows.into_iter().map(|row| row.into_record(application));
    let mut entries = records.collect::<Result<Vec<_>, _>>()?;
    if is_backwards(start) {
        entries.reverse();
    }
    Ok(AuditPage { entries, more })
}

fn is_backwards(start: AuditStart) -> bool {
    matches!(start, AuditStart::NewerThan(_))
}

/// Reads the headers of a page and of the entry after it; then their details one by one by key, up to the maximum total
/// size.
fn text(filter: &Filter, start: AuditStart, size: PageSize) -> String {
    let direction = if is_backwards(start) { "ASC" } else { "DESC" };
    let found = found(filter, direction, size.rows() + 1);
    let owners =
        filter.owners.map_or_else(String::new, |ids| format!("owners AS MATERIALIZED ({ids}), "));
    let (rows, most_bytes) = (size.rows(), AuditPage::MAX_DETAIL_BYTES);
    format!(
        "WITH {owners}found AS MATERIALIZED ({found}), detailed AS MATERIALIZED (
            SELECT f.*, (SELECT d.detail FROM audit_details d WHERE d.application_id = $1 AND d.entry_id = f.id) AS detail
            FROM found f
        ), counted AS (
            SELECT d.*, count(*) OVER () AS found, row_number() OVER walked AS number,
                coalesce(sum(octet_length(d.detail)) OVER walked, 0) AS bytes
            FROM detailed d
            WINDOW walked AS (ORDER BY d.at {direction}, d.id {direction})
        )
        SELECT {ENTRY_COLUMNS}, detail, found FROM counted
        WHERE number = 1 OR (number <= {rows} AND bytes <= {most_bytes})
        ORDER BY number"
    )
}

fn found(filter: &Filter, direction: &str, limit: usize) -> String {
    let condition = &filter.condition;
    let order = format!("ORDER BY e.at {direction}, e.id {direction} LIMIT {limit}");
    if filter.owners.is_none() {
        return format!("SELECT {ENTRY_COLUMNS} FROM audit_entries e WHERE {condition} {order}");
    }
    // Comments and other entries of a user are in separate indexes.
    let of_owner = |kinds: &str| {
        let comments = COMMENT_KINDS.as_str();
        format!(
            "(SELECT {ENTRY_COLUMNS} FROM audit_entries e
              WHERE {condition} AND e.user_id = o.id AND e.kind {kinds} ({comments}) {order})"
        )
    };
    let (comments, others) = (of_owner("IN"), of_owner("NOT IN"));
    format!("SELECT e.* FROM owners o CROSS JOIN LATERAL ({comments} UNION ALL {others}) e {order}")
}
