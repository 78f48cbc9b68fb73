//! Reads the status of a user, for operations that are refused to blocked users.

use std::collections::HashSet;

use diesel::sql_types::{BigInt, Text};
use diesel::{OptionalExtension as _, PgConnection};
use users_domain::model::{ApplicationId, UserStatus, VendorData};

use crate::failure::Failure;
use crate::rows::{invalid, unsigned};
use crate::statement::Statement;

/// The names whose last deleted user was BLOCKED. No live user has them.
const READ_BLOCKS_LEFT: &str = "SELECT n.name FROM unnest($1::text[]) AS n (name)
    WHERE last_deleted_status($2, n.name) = 'BLOCKED'";

const READ: &str = "SELECT status, version FROM users
    WHERE application_id = $1 AND deleted_at IS NULL AND vendor_data BETWEEN $2 AND $2
    ORDER BY vendor_data LIMIT 1";

/// Returns those of the names whose last deleted user was BLOCKED.
pub(crate) fn blocks_left(
    connection: &mut PgConnection,
    application: ApplicationId,
    names: Vec<String>,
) -> Result<HashSet<String>, Failure> {
    if names.is_empty() {
        return Ok(HashSet::new());
    }
    let statement = Statement::new(READ_BLOCKS_LEFT).bind(names).bind(application.uuid());
    Ok(statement.typed_rows::<Text, _>(connection)?.into_iter().collect())
}

pub(crate) fn of(
    connection: &mut PgConnection,
    application: ApplicationId,
    name: &VendorData,
) -> Result<Option<(UserStatus, u64)>, Failure> {
    let statement = Statement::new(READ).bind(application.uuid()).bind(name.as_str());
    let row: Option<(String, i64)> =
        statement.typed_row::<(Text, BigInt), _>(connection).optional()?;
    let Some((status, version)) = row else { return Ok(None) };
    let status = UserStatus::parse(&status).map_err(invalid("status"))?;
    Ok(Some((status, unsigned("version", version)?)))
}
