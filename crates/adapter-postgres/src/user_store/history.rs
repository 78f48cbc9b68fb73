//! Reads the histories of users. One statement reads at most [`PORTION`] sessions of a user, so that it ends in time.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::PgConnection;
use diesel::deserialize::{QueryableByName, Result as Deserialized};
use diesel::pg::Pg;
use diesel::row::NamedRow;
use diesel::sql_types::{Nullable, Text, Timestamptz, Uuid as SqlUuid};
use users_domain::model::evidence::{Evidence, History, Session};
use users_domain::model::{ApplicationId, Timestamp, UserId};
use uuid::Uuid;

use crate::failure::Failure;
use crate::numbers::signed;
use crate::rows::{SESSION_COLUMNS, SessionRow};
use crate::statement::Statement;

/// The maximum number of sessions of one user that a statement reads.
const PORTION: usize = 2_000;

/// The time of the latest transaction of a user `o`: one index read, however many transactions the user has.
pub(crate) const LAST_TRANSACTION: &str = "(SELECT t.last_seen_at FROM user_transactions t
    WHERE t.application_id = $1 AND t.user_id BETWEEN o.id AND o.id
    ORDER BY t.user_id DESC, t.last_seen_at DESC LIMIT 1)";

/// One row per session of the first portion, and one row without a session for a user without sessions. The latest
/// transaction is read once per user.
static READ: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH owners AS MATERIALIZED (
            SELECT o.id, {LAST_TRANSACTION} AS last_transaction_at FROM unnest($2::uuid[]) AS o (id)
        )
        SELECT o.id AS owner, o.last_transaction_at, {SESSION_COLUMNS}
        FROM owners o
        LEFT JOIN LATERAL (
            SELECT * FROM user_sessions s WHERE s.application_id = $1 AND s.user_id BETWEEN o.id AND o.id
            ORDER BY s.user_id, s.session_id LIMIT $3
        ) e ON true"
    )
});

static READ_REMAINING: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {SESSION_COLUMNS} FROM user_sessions e
         WHERE e.application_id = $1 AND (e.user_id, e.session_id) > ($2, $3) AND e.user_id <= $2
         ORDER BY e.user_id, e.session_id LIMIT $4"
    )
});

/// Reads the histories of these users, nearly always with one statement.
pub(crate) fn histories_of(
    connection: &mut PgConnection,
    application: ApplicationId,
    users: &[UserId],
) -> Result<HashMap<UserId, History>, Failure> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<HistoryRow> = Statement::new(READ.as_str())
        .bind(application.uuid())
        .bind(users.iter().map(|user| user.uuid()).collect::<Vec<_>>())
        .bind(signed(PORTION))
        .rows(connection)?;
    let mut histories = HashMap::<UserId, History>::with_capacity(users.len());
    for row in rows {
        let history = histories.entry(UserId::new(row.owner)).or_default();
        history.last_transaction_at = row.last_transaction_at.map(Timestamp::from_datetime);
        if let Some(session) = row.session {
            history.sessions.push(session.into_record()?.1);
        }
    }
    for (user, history) in &mut histories {
        if history.sessions.len() == PORTION {
            read_remaining(connection, application, *user, &mut history.sessions)?;
        }
    }
    Ok(histories)
}

/// Adds the sessions after those already read.
fn read_remaining(
    connection: &mut PgConnection,
    application: ApplicationId,
    user: UserId,
    sessions: &mut Vec<Session>,
) -> Result<(), Failure> {
    while let Some(last) = sessions.iter().map(|session| &session.id).max() {
        let rows: Vec<SessionRow> = Statement::new(READ_REMAINING.as_str())
            .bind(application.uuid())
            .bind(user.uuid())
            .bind(last.as_str())
            .bind(signed(PORTION))
            .rows(connection)?;
        let is_last = rows.len() < PORTION;
        for row in rows {
            sessions.push(row.into_record()?.1);
        }
        if is_last {
            break;
        }
    }
    Ok(())
}

/// Updates a history with the new state of a row.
pub(super) fn add_to(history: &mut History, row: &Evidence) {
    match row {
        Evidence::Session(session) => {
            history.sessions.retain(|known| known.id != session.id);
            history.sessions.push(session.clone());
        }
        Evidence::Transaction(transaction) => {
            let last = Some(transaction.seen.last);
            history.last_transaction_at = history.last_transaction_at.max(last);
        }
        Evidence::RiskEvent(_) => {}
    }
}

struct HistoryRow {
    owner: Uuid,
    last_transaction_at: Option<DateTime<Utc>>,
    session: Option<SessionRow>,
}

impl QueryableByName<Pg> for HistoryRow {
    fn build<'a>(row: &impl NamedRow<'a, Pg>) -> Deserialized<Self> {
        let session: Option<String> = NamedRow::get::<Nullable<Text>, _>(row, "session_id")?;
        Ok(Self {
            owner: NamedRow::get::<SqlUuid, _>(row, "owner")?,
            last_transaction_at: NamedRow::get::<Nullable<Timestamptz>, _>(
                row,
                "last_transaction_at",
            )?,
            session: session.map(|_| SessionRow::build(row)).transpose()?,
        })
    }
}
