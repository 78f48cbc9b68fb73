//! Reads users with their evidence in id order. Sessions are read in portions, ordered by user, so that one statement
//! reads at most [`PORTION`] sessions and a page holds a limited number.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::sql_types::{Nullable, Timestamptz, Uuid as SqlUuid};
use users_domain::model::evidence::{History, Session};
use users_domain::model::{ApplicationId, Timestamp, UserId, UserRecord};
use uuid::Uuid;

use crate::failure::Failure;
use crate::numbers::signed;
use crate::rows::{RECORD_COLUMNS, RecordRow, SESSION_COLUMNS, SessionRow};
use crate::statement::Statement;
use crate::user_store::LAST_TRANSACTION;

/// How many sessions one statement reads.
const PORTION: usize = 5_000;

/// The number of sessions at which a page ends; a single user may have more.
const MOST_SESSIONS: usize = 20_000;

static FROM_FIRST: LazyLock<String> = LazyLock::new(|| reading(">="));
static AFTER: LazyLock<String> = LazyLock::new(|| reading(">"));

fn reading(beyond: &str) -> String {
    format!(
        "SELECT {RECORD_COLUMNS} FROM users u
         WHERE u.application_id = $1 AND u.deleted_at IS NULL AND u.id {beyond} $2
         ORDER BY u.id LIMIT $3"
    )
}

/// Includes sessions of deleted users, which lie in the same range of the index.
static SESSIONS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {SESSION_COLUMNS} FROM user_sessions e
         WHERE e.application_id = $1 AND (e.user_id, e.session_id) > ($2, $3) AND e.user_id <= $4
         ORDER BY e.user_id, e.session_id LIMIT $5"
    )
});

static LAST_TRANSACTIONS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT o.id AS owner, {LAST_TRANSACTION} AS last_transaction_at FROM unnest($2::uuid[]) AS o (id)"
    )
});

/// Reads one page in one snapshot. It ends early if its users have very many sessions.
pub(crate) fn page(
    connection: &mut PgConnection,
    application: ApplicationId,
    after: Option<UserId>,
    limit: usize,
) -> Result<Vec<(UserRecord, History)>, Failure> {
    connection.build_transaction().read_only().repeatable_read().run(|connection| {
        let mut records = records(connection, application, after, limit)?;
        let mut sessions = sessions(connection, application, &mut records)?;
        let mut times = last_transactions(connection, application, &records)?;
        let with_history = |record: UserRecord| {
            let history = History {
                sessions: sessions.remove(&record.id).unwrap_or_default(),
                last_transaction_at: times.remove(&record.id).flatten(),
            };
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
        .bind(signed(limit))
        .rows(connection)?;
    rows.into_iter().map(RecordRow::into_record).collect()
}

/// Reads the sessions of these users. If there are too many, the last users are dropped from `records`, but never the
/// first one.
fn sessions(
    connection: &mut PgConnection,
    application: ApplicationId,
    records: &mut Vec<UserRecord>,
) -> Result<HashMap<UserId, Vec<Session>>, Failure> {
    let mut read: HashMap<UserId, Vec<Session>> = HashMap::with_capacity(records.len());
    let (Some(first), Some(last)) = (records.first(), records.last()) else {
        return Ok(read);
    };
    let (first, last) = (first.id, last.id);
    for record in &*records {
        read.insert(record.id, Vec::new());
    }
    let mut place = (first.uuid(), String::new());
    let mut held = 0;
    loop {
        let rows: Vec<SessionRow> = Statement::new(SESSIONS.as_str())
            .bind(application.uuid())
            .bind(place.0)
            .bind(place.1)
            .bind(last.uuid())
            .bind(signed(PORTION))
            .rows(connection)?;
        let is_last = rows.len() < PORTION;
        let mut reached = None;
        for row in rows {
            let (owner, session) = row.into_record()?;
            reached = Some((owner, session.id.as_str().to_owned()));
            if let Some(sessions) = read.get_mut(&owner) {
                sessions.push(session);
                held += 1;
            }
        }
        let Some((owner, session)) = reached.filter(|_| !is_last) else {
            return Ok(read);
        };
        // All sessions of the users before this one are read.
        if held >= MOST_SESSIONS && owner > first {
            records.retain(|record| record.id < owner);
            return Ok(read);
        }
        place = (owner.uuid(), session);
    }
}

fn last_transactions(
    connection: &mut PgConnection,
    application: ApplicationId,
    records: &[UserRecord],
) -> Result<HashMap<UserId, Option<Timestamp>>, Failure> {
    let ids: Vec<Uuid> = records.iter().map(|record| record.id.uuid()).collect();
    let rows: Vec<(Uuid, Option<DateTime<Utc>>)> = Statement::new(LAST_TRANSACTIONS.as_str())
        .bind(application.uuid())
        .bind(ids)
        .typed_rows::<(SqlUuid, Nullable<Timestamptz>), _>(connection)?;
    let times = rows.into_iter();
    Ok(times.map(|(owner, at)| (UserId::new(owner), at.map(Timestamp::from_datetime))).collect())
}
