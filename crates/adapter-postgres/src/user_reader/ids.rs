//! Reads the ids of users in id order.

use diesel::PgConnection;
use diesel::sql_types::Uuid as SqlUuid;
use users_domain::model::{ApplicationId, Timestamp, UserId};
use uuid::Uuid;

use crate::failure::Failure;
use crate::numbers::signed;
use crate::statement::Statement;

const MADE_BY: &str = "SELECT id FROM users
    WHERE application_id = $1 AND deleted_at IS NULL AND created_at <= $2 AND id >= $3
    ORDER BY id LIMIT $4";
const MADE_BY_AFTER: &str = "SELECT id FROM users
    WHERE application_id = $1 AND deleted_at IS NULL AND created_at <= $2 AND id > $3
    ORDER BY id LIMIT $4";

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
    let ids: Vec<Uuid> = Statement::new(text)
        .bind(application.uuid())
        .bind(made_by)
        .bind(from)
        .bind(signed(limit))
        .typed_rows::<SqlUuid, _>(connection)?;
    Ok(ids.into_iter().map(UserId::new).collect())
}
