//! Reads the ids of users in id order.

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::Uuid as SqlUuid;
use users_domain::model::{ApplicationId, Timestamp, UserId};
use uuid::Uuid;

use crate::failure::Failure;
use crate::statement::Statement;

const MADE_BY: &str = "SELECT id FROM users
    WHERE application_id = $1 AND deleted_at IS NULL AND created_at <= $2 AND id >= $3
    ORDER BY id LIMIT $4";
const MADE_BY_AFTER: &str = "SELECT id FROM users
    WHERE application_id = $1 AND deleted_at IS NULL AND created_at <= $2 AND id > $3
    ORDER BY id LIMIT $4";

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

pub(crate) fn made_by(
    connection: &mut PgConnection,
    application: ApplicationId,
    made_by: Timestamp,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<UserId>, Failure> {
    let (text, from) = match after {
        None => (MADE_BY, Uuid::nil()),
        Some(after) => (MADE_BY_AFTER, after.uuid()),
    };
    let rows: Vec<IdRow> = Statement::new(text)
        .bind(application.uuid())
        .bind(made_by)
        .bind(from)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .rows(connection)?;
    Ok(rows.into_iter().map(|row| UserId::new(row.id)).collect())
}
