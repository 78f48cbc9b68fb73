//! Users with all that their standings follow from, in id order.

use std::sync::LazyLock;

use diesel::PgConnection;
use users_domain::model::evidence::History;
use users_domain::model::{ApplicationId, UserId, UserRecord};
use uuid::Uuid;

use crate::failure::Failure;
use crate::rows::{RECORD_COLUMNS, RecordRow};
use crate::statement::Statement;
use crate::user_store::histories_of;

static FROM_FIRST: LazyLock<String> = LazyLock::new(|| reading(">="));
static AFTER: LazyLock<String> = LazyLock::new(|| reading(">"));

fn reading(beyond: &str) -> String {
    format!(
        "SELECT {RECORD_COLUMNS} FROM users u
         WHERE u.application_id = $1 AND u.deleted_at IS NULL AND u.id {beyond} $2
         ORDER BY u.id LIMIT $3"
    )
}

/// One page, with all of it as of one moment.
pub(crate) fn page(
    connection: &mut PgConnection,
    application: ApplicationId,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<(UserRecord, History)>, Failure> {
    connection
        .build_transaction()
        .read_only()
        .repeatable_read()
        .run(|connection| {
            let records = records(connection, application, after, limit)?;
            let ids: Vec<UserId> = records.iter().map(|record| record.id).collect();
            let mut histories = histories_of(connection, application, &ids)?;
            let with_history = |record: UserRecord| {
                let history = histories.remove(&record.id).unwrap_or_default();
                (record, history)
            };
            Ok(records.into_iter().map(with_history).collect())
        })
}

fn records(
    connection: &mut PgConnection,
    application: ApplicationId,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<UserRecord>, Failure> {
    let (text, from) = match after {
        None => (&FROM_FIRST, Uuid::nil()),
        Some(after) => (&AFTER, after.uuid()),
    };
    let rows: Vec<RecordRow> = Statement::new(text.as_str())
        .bind(application.uuid())
        .bind(from)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .rows(connection)?;
    rows.into_iter().map(RecordRow::into_record).collect()
}
