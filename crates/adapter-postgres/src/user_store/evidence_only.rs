//! Writes evidence of deleted users: a late report changes only the evidence row, and only while its user is deleted.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use diesel::PgConnection;
use diesel::sql_types::Text;
use serde::Serialize;
use users_domain::model::ApplicationId;
use users_domain::model::evidence::{
    Evidence, EvidenceId, Revision, Session, SessionId, TimeSpan, Transaction, TransactionId,
};

use super::evidence::{KnownRows, Writer};
use super::stored_evidence::StoredRow;
use crate::failure::Failure;
use crate::rows::{Reported, invalid, json_of};
use crate::statement::Statement;

static UPDATE_SESSIONS: LazyLock<String> = LazyLock::new(updating::<Session>);
static UPDATE_TRANSACTIONS: LazyLock<String> = LazyLock::new(updating::<Transaction>);

/// Locks the owners first, so that a restoration of one of them and this statement exclude each other; then the rows,
/// in order. Rows that changed since the decision are left unchanged.
fn updating<T: Reported>() -> String {
    let (name, key) = (T::TABLE, T::KEY);
    let (typed, set) = (T::typed(), T::assignments());
    format!(
        "WITH given AS (
            SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (
                revision_before bigint, first_seen_before timestamptz, last_seen_before timestamptz, {typed})
        ), owners AS MATERIALIZED (
            SELECT u.id FROM (SELECT DISTINCT user_id AS id FROM given ORDER BY id) k CROSS JOIN LATERAL (
                SELECT u.id FROM users u
                WHERE u.application_id = $2 AND u.id BETWEEN k.id AND k.id AND u.deleted_at IS NOT NULL
                ORDER BY u.id LIMIT 1
                FOR SHARE
            ) u
        ), unchanged AS MATERIALIZED (
            SELECT e.row, r.{key} AS name
            FROM (SELECT r.* FROM given r JOIN owners o ON o.id = r.user_id ORDER BY r.{key}) r CROSS JOIN LATERAL (
                SELECT e.ctid AS row FROM {name} e
                WHERE e.application_id = $2 AND e.{key} BETWEEN r.{key} AND r.{key}
                    AND e.user_id IS NOT DISTINCT FROM r.user_id AND e.revision = r.revision_before
                    AND e.first_seen_at = r.first_seen_before AND e.last_seen_at = r.last_seen_before
                ORDER BY e.{key} LIMIT 1
                FOR NO KEY UPDATE
            ) e
        )
        UPDATE {name} e SET {set}
        FROM given r
        JOIN unchanged k ON k.name = r.{key}
        WHERE e.ctid = k.row
        RETURNING e.{key} AS name"
    )
}

/// A row with its expected previous state.
#[derive(Serialize)]
struct Guarded<T> {
    revision_before: u64,
    first_seen_before: String,
    last_seen_before: String,
    #[serde(flatten)]
    row: T,
}

impl<T> Guarded<T> {
    fn new(revision: Revision, seen: TimeSpan, row: T) -> Self {
        Self {
            revision_before: revision.number(),
            first_seen_before: seen.first.to_string(),
            last_seen_before: seen.last.to_string(),
            row,
        }
    }
}

/// Writes the changed rows of deleted users. Returns the rows that had not changed since the decision.
pub(super) fn write(
    connection: &mut PgConnection,
    application: ApplicationId,
    rows: &KnownRows,
) -> Result<BTreeSet<EvidenceId>, Failure> {
    let (mut sessions, mut transactions) = (vec![], vec![]);
    for (stored, pending) in rows.pending() {
        if pending.writer != Writer::EvidenceOnly {
            continue;
        }
        let owner = stored.owner.user;
        match (&pending.before, &stored.evidence) {
            (Some(Evidence::Session(before)), Evidence::Session(after)) => {
                let row = StoredRow::of(after, owner, false);
                sessions.push(Guarded::new(before.newest.revision, before.seen, row));
            }
            (Some(Evidence::Transaction(before)), Evidence::Transaction(after)) => {
                let row = StoredRow::of(after, owner, false);
                transactions.push(Guarded::new(before.newest.revision, before.seen, row));
            }
            _ => {
                return Err(Failure::defect(
                    "a changed row of a deleted user has no earlier revision",
                ));
            }
        }
    }
    let mut written = BTreeSet::new();
    for name in update(connection, application, &UPDATE_SESSIONS, &sessions)? {
        let id = SessionId::parse(name).map_err(invalid("session_id"))?;
        written.insert(EvidenceId::Session(id));
    }
    for name in update(connection, application, &UPDATE_TRANSACTIONS, &transactions)? {
        let id = TransactionId::parse(name).map_err(invalid("transaction_id"))?;
        written.insert(EvidenceId::Transaction(id));
    }
    Ok(written)
}

fn update<T: Serialize>(
    connection: &mut PgConnection,
    application: ApplicationId,
    text: &'static str,
    rows: &[Guarded<T>],
) -> Result<Vec<String>, Failure> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let statement = Statement::new(text).bind(json_of(&rows)?).bind(application.uuid());
    Ok(statement.typed_rows::<Text, _>(connection)?)
}
