//! The only statement that writes users, together with their search texts, tags, audit entries, events, outbox markers
//! and evidence rows.
//!
//! Markers are derived from the written rows, so a marker gets its number after its user is locked: the numbers of one
//! user's markers follow its sequence.
//!
//! Tags of a user are inserted even if they exist, under a shared lock for which a purge waits before it removes unused
//! tags: a tag that is removed between decision and write is created again.
//!
//! If a decision expects no remaining block, a new user is only written if the last deleted user of its name was not
//! BLOCKED. If a live user of that name exists, it may just be deleted with a block: the mutation is decided again
//! instead of waiting.
//!
//! A user that lost a race is not written, and neither are its other rows. All parts succeed or fail together, because
//! they are one statement. A new evidence row whose key another writer has taken makes the whole statement fail; then
//! all mutations are decided again.

use std::collections::HashSet;
use std::sync::LazyLock;

use diesel::sql_types::{Bool, Uuid as SqlUuid};
use diesel::{OptionalExtension as _, PgConnection};
use users_domain::model::evidence::{RiskEvent, Session, Transaction};
use users_domain::model::{ApplicationId, IdempotencyClaim, StoredResponse, UserId, UserRecord};
use uuid::Uuid;

use super::stored::{SPECIAL, StoredEvent, StoredSearch, StoredTag, StoredUser};
use super::stored_evidence::EvidenceRows;
use crate::audit::{self, STORED_AUDIT, StoredAudit};
use crate::claims::{self, EXPIRY};
use crate::failure::Failure;
use crate::rows::{Columns as _, Reported, assignments, json_of, names, typed};
use crate::statement::Statement;

/// The columns of a user that never change.
const FIXED: [&str; 4] = ["application_id", "id", "vendor_data", "created_at"];

static WRITE: LazyLock<String> = LazyLock::new(|| writing(Form::Plain));

/// With the stored response of an idempotent call.
static WRITE_ONCE: LazyLock<String> = LazyLock::new(|| writing(Form::Once));

/// A separate text, because most changes have no evidence and run faster without these parts.
static WRITE_WITH_EVIDENCE: LazyLock<String> = LazyLock::new(|| {
    let parts = [
        inserting::<Session>("$7"),
        updating::<Session>(),
        inserting::<Transaction>("$8"),
        updating::<Transaction>(),
        inserting::<RiskEvent>("$9"),
    ];
    writing(Form::WithEvidence(parts.concat()))
});

enum Form {
    Plain,
    WithEvidence(String),
    Once,
}

/// An idempotent call first takes the lock of its claim; without the lock it writes nothing.
const LOCKED: &str = "claim AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($1) AS is_free), ";
const IF_LOCKED: &str = "(SELECT is_free FROM claim)";

/// Stores the response if all users of the call were written. Fails the whole statement if another call stored a
/// response meanwhile.
fn keeping(application: &str) -> String {
    format!(
        ", kept AS (
            INSERT INTO idempotency_claims (application_id, name, fingerprint, user_id, answer, expires_at)
            SELECT {application}, $8, $9, $10, $11, {expiry}
            WHERE {IF_LOCKED} AND (SELECT count(*) FROM given) = (SELECT count(*) FROM written)
            RETURNING 1
        )",
        expiry = *EXPIRY
    )
}

/// The given rows of a table, and the insertion of the new ones. All statements insert in the same order, table by
/// table, so that they cannot deadlock.
fn inserting<T: Reported>(rows: &str) -> String {
    let (name, key) = (T::TABLE, T::KEY);
    let (names, typed) = (names(&T::columns()), T::typed());
    format!(
        ", given_{name} AS (
            SELECT * FROM jsonb_to_recordset({rows}::jsonb) AS r (is_new boolean, {typed})
            WHERE user_id IN (SELECT id FROM written)
        ), new_{name} AS (
            INSERT INTO {name} (application_id, user_id, {names})
            SELECT $2, user_id, {names} FROM given_{name}
            WHERE is_new
            ORDER BY {key} COLLATE \"C\"
        )"
    )
}

/// Updates the given rows that exist. No other statement writes them, because their user is locked.
fn updating<T: Reported>() -> String {
    let (name, key, set) = (T::TABLE, T::KEY, T::assignments());
    format!(
        ", known_{name} AS (
            UPDATE {name} e SET {set}
            FROM given_{name} r CROSS JOIN LATERAL (
                SELECT n.ctid AS row FROM {name} n
                WHERE n.application_id = $2 AND n.{key} BETWEEN r.{key} AND r.{key}
                ORDER BY n.{key} LIMIT 1
            ) n
            WHERE NOT r.is_new AND e.ctid = n.row AND e.user_id = r.user_id
        )"
    )
}

/// The columns of a user: with types, those that an insertion gets from the record, and the assignments of an update.
fn record_columns() -> (String, String, String) {
    let columns = UserRecord::columns();
    let inserted = columns.iter().filter(|column| column.name != "application_id");
    let changing = columns.iter().filter(|column| !FIXED.contains(&column.name));
    (typed(&columns), names(inserted), assignments(changing))
}

fn writing(form: Form) -> String {
    let first = match form {
        Form::Once => 2,
        Form::Plain | Form::WithEvidence(_) => 1,
    };
    let [users, application, search, tags, audit, events]: [String; 6] =
        std::array::from_fn(|place| format!("${}", first + place));
    let written = "SELECT id FROM written".to_owned();
    let (begin, only, and, end, answer) = match form {
        Form::Plain => ("", String::new(), String::new(), String::new(), written),
        Form::WithEvidence(parts) => ("", String::new(), String::new(), parts, written),
        Form::Once => (
            LOCKED,
            format!(" WHERE {IF_LOCKED}"),
            format!(" AND {IF_LOCKED}"),
            keeping(&application),
            format!("SELECT {IF_LOCKED} AS is_free, EXISTS (SELECT FROM kept) AS is_kept"),
        ),
    };
    let (record, names, set) = record_columns();
    let entering = audit::entering(&application);
    format!(
        "WITH {begin}given AS (
            SELECT * FROM jsonb_to_recordset({users}::jsonb) AS r ({SPECIAL}, {record}){only}
        ), inserted AS (
            INSERT INTO users (application_id, metadata, display_sort, {names})
            SELECT {application}, metadata::json, display_sort, {names} FROM given
            WHERE version_before IS NULL AND (NOT no_block_left OR last_deleted_status({application}, given.vendor_data) IS DISTINCT FROM 'BLOCKED'
                AND live_user_id({application}, given.vendor_data) IS NULL)
            ORDER BY vendor_data COLLATE \"C\"
            ON CONFLICT (application_id, vendor_data) WHERE deleted_at IS NULL DO NOTHING
            RETURNING id
        ), updated AS (
            UPDATE users u SET metadata = coalesce(r.metadata::json, u.metadata), display_sort = r.display_sort, {set}
            FROM given r CROSS JOIN LATERAL (
                SELECT n.ctid AS row FROM users n WHERE n.application_id = {application} AND n.id BETWEEN r.id AND r.id
                ORDER BY n.id LIMIT 1
            ) n
            WHERE u.ctid = n.row AND u.version = r.version_before
            RETURNING u.id
        ), written AS (
            SELECT id FROM inserted UNION ALL SELECT id FROM updated
        ), searched AS (
            INSERT INTO user_search (application_id, user_id, body, short_grams, norm_version)
            SELECT {application}, user_id, body, short_grams, norm_version
            FROM jsonb_to_recordset({search}::jsonb) AS r (user_id uuid, body text, short_grams text[], norm_version smallint)
            WHERE user_id IN (SELECT id FROM written)
            ON CONFLICT (application_id, user_id) DO UPDATE
            SET body = excluded.body, short_grams = excluded.short_grams, norm_version = excluded.norm_version
        ), tagged AS (
            INSERT INTO tags (application_id, name, description, created_at, updated_at)
            SELECT {application}, name, description, created_at, updated_at
            FROM (
                SELECT *, pg_advisory_xact_lock_shared(tags_lock({application}))
                FROM jsonb_to_recordset({tags}::jsonb) AS r (
                    user_id uuid, name text, description text, created_at timestamptz, updated_at timestamptz)
                WHERE user_id IN (SELECT id FROM written)
            ) locked
            ORDER BY name COLLATE \"C\"
            ON CONFLICT (application_id, name) DO NOTHING
        ), noted AS (
            SELECT * FROM jsonb_to_recordset({audit}::jsonb) AS r ({STORED_AUDIT})
            WHERE (NOT with_user OR user_id IN (SELECT id FROM written)){and}
        ), {entering}, new_events AS (
            SELECT * FROM jsonb_to_recordset({events}::jsonb) AS r (
                id uuid, user_id uuid, sequence bigint, order_key bigint, webhook_type text,
                status_before text, status_after text, created_at timestamptz, changed_fields text[],
                request_id text, body text, timestamp_offset integer)
            WHERE user_id IN (SELECT id FROM written)
        ), stored_events AS (
            INSERT INTO events (application_id, id, user_id, sequence, webhook_type, created_at, changed_fields,
                request_id, body, timestamp_offset)
            SELECT {application}, id, user_id, sequence, webhook_type, created_at, changed_fields, request_id, body,
                timestamp_offset
            FROM new_events
        ), marked AS (
            INSERT INTO outbox (order_key, application_id, user_id, event_id, webhook_type, status_before,
                status_after)
            SELECT order_key, {application}, user_id, id, webhook_type, status_before, status_after
            FROM new_events
            ORDER BY user_id, sequence
        ){end}
        {answer}"
    )
}

#[derive(Default)]
pub(super) struct Batch<'a> {
    pub(super) users: Vec<StoredUser<'a>>,
    pub(super) search: Vec<StoredSearch<'a>>,
    pub(super) tags: Vec<StoredTag<'a>>,
    pub(super) audit: Vec<StoredAudit>,
    pub(super) events: Vec<StoredEvent>,
    pub(super) evidence: EvidenceRows<'a>,
}

impl Batch<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.audit.is_empty()
    }

    /// Writes the rows, and returns the ids of the written users.
    pub(super) fn write(
        &self,
        connection: &mut PgConnection,
        application: ApplicationId,
    ) -> Result<HashSet<UserId>, Failure> {
        let evidence = &self.evidence;
        let text = if evidence.is_empty() { &WRITE } else { &WRITE_WITH_EVIDENCE };
        let mut statement = self.bound_to(Statement::new(text.as_str()), application)?;
        if !evidence.is_empty() {
            statement = statement
                .bind(json_of(&evidence.sessions)?)
                .bind(json_of(&evidence.transactions)?)
                .bind(json_of(&evidence.risk_events)?);
        }
        let written: Vec<Uuid> = statement.typed_rows::<SqlUuid, _>(connection)?;
        Ok(written.into_iter().map(UserId::new).collect())
    }

    /// Writes all rows together with the response of an idempotent call, or nothing. Returns `false` if it lost a race.
    /// Does not write evidence.
    pub(super) fn write_once(
        &self,
        connection: &mut PgConnection,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        kept: &StoredResponse,
    ) -> Result<bool, Failure> {
        let statement =
            Statement::new(WRITE_ONCE.as_str()).bind(claims::lock_of(application, claim));
        let row: Option<(bool, bool)> = self
            .bound_to(statement, application)?
            .bind(claim.name().to_vec())
            .bind(claim.fingerprint().bytes().to_vec())
            .bind(kept.user().map(UserId::uuid))
            .bind(kept.bytes().to_vec())
            .typed_row::<(Bool, Bool), _>(connection)
            .optional()?;
        match row {
            Some((true, is_kept)) => Ok(is_kept),
            _ => Err(Failure::claimed()),
        }
    }

    fn bound_to(
        &self,
        statement: Statement,
        application: ApplicationId,
    ) -> Result<Statement, Failure> {
        Ok(statement
            .bind(json_of(&self.users)?)
            .bind(application.uuid())
            .bind(json_of(&self.search)?)
            .bind(json_of(&self.tags)?)
            .bind(json_of(&self.audit)?)
            .bind(json_of(&self.events)?))
    }
}
