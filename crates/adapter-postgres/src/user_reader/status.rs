//! Where a user stands: asked before every operation that somebody may be kept from.

use std::collections::HashSet;
use std::sync::LazyLock;

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use users_domain::model::{ApplicationId, UserStatus, VendorData};

use crate::failure::Failure;
use crate::rows::{invalid, unsigned};
use crate::statement::Statement;

/// Who was deleted last of those who had a name, for `vendor_data = {name}`.
pub(crate) fn last_deleted(application: &str, name: &str) -> String {
    format!(
        "(SELECT d.status FROM users d
          WHERE d.application_id = {application} AND d.vendor_data BETWEEN {name} AND {name} AND d.deleted_at IS NOT NULL
          ORDER BY d.vendor_data DESC, d.deleted_at DESC, d.id DESC LIMIT 1)"
    )
}

/// Of each name whether who was deleted last of those who had it was BLOCKED. Nobody has the names now.
static READ_BLOCKS_LEFT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT n.name FROM unnest($1::text[]) AS n (name) WHERE {} = 'BLOCKED'",
        last_deleted("$2", "n.name")
    )
});

const READ: &str = "SELECT status, version FROM users
    WHERE application_id = $1 AND deleted_at IS NULL AND vendor_data BETWEEN $2 AND $2
    ORDER BY vendor_data LIMIT 1";

#[derive(QueryableByName)]
struct StatusRow {
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = BigInt)]
    version: i64,
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Those of the names whose deleted users left a block behind.
pub(crate) fn blocks_left(
    connection: &mut PgConnection,
    application: ApplicationId,
    names: Vec<String>,
) -> Result<HashSet<String>, Failure> {
    if names.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<NameRow> = Statement::new(READ_BLOCKS_LEFT.as_str())
        .bind(names)
        .bind(application.uuid())
        .rows(connection)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

pub(crate) fn of(
    connection: &mut PgConnection,
    application: ApplicationId,
    name: &VendorData,
) -> Result<Option<(UserStatus, u64)>, Failure> {
    let row: Option<StatusRow> = Statement::new(READ)
        .bind(application.uuid())
        .bind(name.as_str())
        .row(connection)?;
    let Some(row) = row else { return Ok(None) };
    let status = UserStatus::parse(&row.status).map_err(invalid("status"))?;
    Ok(Some((status, unsigned("version", row.version)?)))
}
