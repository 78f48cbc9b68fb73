//! Where a user stands: asked before every operation that somebody may be kept from.

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use users_domain::model::{ApplicationId, UserStatus, VendorData};

use crate::failure::Failure;
use crate::rows::{invalid, unsigned};
use crate::statement::Statement;

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
