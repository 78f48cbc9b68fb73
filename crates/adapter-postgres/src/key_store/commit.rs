//! Commits one decision about the keys of an application: locks the application's row, so that decisions are
//! serialised, and writes all changes in the same transaction.

use std::sync::LazyLock;

use diesel::{Connection as _, PgConnection};
use users_domain::model::{ApiKey, ApplicationId, AuditEntry, KeyId, KeyState};
use users_domain::ports::KeyMutation;
use users_domain::rules::keys::{KeyChangeSet, KeyFacts, KeyOutcome};

use super::row::{self, IdRow, KEY_COLUMNS, KeyRow, key_binds, kind_of, texts_of};
use crate::audit::{ENTRY_COLUMNS, STORED_AUDIT, StoredAudit};
use crate::failure::Failure;
use crate::rows::json_of;
use crate::statement::Statement;

/// Blocks other decisions, but no inserts of keys and users.
const LOCK: &str = "SELECT id FROM applications WHERE id = $1 FOR NO KEY UPDATE";
/// Runs after the lock as a separate statement: combined with the lock, it would not see the changes of the previous
/// decision.
static FACTS: LazyLock<String> = LazyLock::new(|| {
    let lives = row::lives("$2");
    format!(
        "SELECT {KEY_COLUMNS} FROM api_keys k WHERE k.application_id = $1 AND ({lives} OR k.id = $3)"
    )
});
/// Does not change the columns that are set when a key is created or used.
const CHANGE: &str =
    "UPDATE api_keys SET kind = $1, role = $2, name = $3, expires_at = $4, revoked_at = $5,
        allowed_ips = $6, reads_per_minute = $7, writes_per_minute = $8
    WHERE application_id = $9 AND id = $10";
static ENTER: LazyLock<String> = LazyLock::new(|| {
    format!(
        "WITH noted AS (
        SELECT * FROM jsonb_to_recordset($1::jsonb) AS r ({STORED_AUDIT})
    ), entered AS (
        INSERT INTO audit_entries (application_id, {ENTRY_COLUMNS}) SELECT $2, {ENTRY_COLUMNS} FROM noted
    )
    INSERT INTO audit_details (application_id, entry_id, salt, detail) SELECT $2, id, salt, detail FROM noted"
    )
});

pub(super) fn commit(
    connection: &mut PgConnection,
    application: ApplicationId,
    mutation: &KeyMutation,
) -> Result<KeyOutcome, Failure> {
    connection.transaction(|connection| {
        let locked: Option<IdRow> = Statement::new(LOCK)
            .bind(application.uuid())
            .row(connection)?;
        if locked.is_none() {
            return Err(Failure::defect(
                "the application of the keys does not exist",
            ));
        }
        let facts = facts(connection, application, mutation)?;
        let outcome = (mutation.decide)(&facts);
        if let KeyOutcome::Changed(set) = &outcome {
            write(connection, application, set)?;
        }
        Ok(outcome)
    })
}

fn facts(
    connection: &mut PgConnection,
    application: ApplicationId,
    mutation: &KeyMutation,
) -> Result<KeyFacts, Failure> {
    // The nil id never matches: key ids are UUIDs of version 7.
    let subject = mutation.subject.map_or(uuid::Uuid::nil(), KeyId::uuid);
    let rows: Vec<KeyRow> = Statement::new(FACTS.as_str())
        .bind(application.uuid())
        .bind(mutation.at)
        .bind(subject)
        .rows(connection)?;
    let keys = rows
        .into_iter()
        .map(KeyRow::into_key)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(KeyFacts {
        subject: keys
            .iter()
            .find(|key| Some(key.id) == mutation.subject)
            .cloned(),
        live: keys
            .into_iter()
            .filter(|key| key.state(mutation.at) == KeyState::Valid)
            .collect(),
    })
}

fn write(
    connection: &mut PgConnection,
    application: ApplicationId,
    set: &KeyChangeSet,
) -> Result<(), Failure> {
    if let Some(key) = set.changed() {
        one(change(connection, application, key)?)?;
    }
    if let Some(key) = set.added() {
        let insert = Statement::new(row::INSERT).bind_all(key_binds(key));
        one(insert.run(connection)?)?;
    }
    enter(connection, application, set.audit())
}

fn change(
    connection: &mut PgConnection,
    application: ApplicationId,
    key: &ApiKey,
) -> Result<usize, Failure> {
    let written = Statement::new(CHANGE)
        .bind(kind_of(key.kind))
        .bind(key.kind.role().map(|role| role.as_str().to_owned()))
        .bind(key.name.as_str())
        .bind(key.expires_at)
        .bind(key.revoked_at)
        .bind(texts_of(&key.allowed_ips))
        .bind(key.limits.reads_per_minute.map(i64::from))
        .bind(key.limits.writes_per_minute.map(i64::from))
        .bind(application.uuid())
        .bind(key.id.uuid())
        .run(connection)?;
    Ok(written)
}

fn enter(
    connection: &mut PgConnection,
    application: ApplicationId,
    entries: &[AuditEntry],
) -> Result<(), Failure> {
    let stored: Vec<_> = entries
        .iter()
        .map(|entry| StoredAudit::of(entry, false))
        .collect();
    Statement::new(ENTER.as_str())
        .bind(json_of(&stored)?)
        .bind(application.uuid())
        .run(connection)?;
    Ok(())
}

/// Checks that exactly one row was written.
fn one(written: usize) -> Result<(), Failure> {
    if written == 1 {
        Ok(())
    } else {
        Err(Failure::defect("a key was not written"))
    }
}
