//! Audit entries as JSON for `jsonb_to_recordset`, and the statements that insert them.

use std::sync::LazyLock;

use diesel::PgConnection;
use diesel::sql_types::BigInt;
use serde::Serialize;
use users_domain::model::{ApplicationId, AuditEntry, Role, UserField};

use crate::failure::Failure;
use crate::rows::{json_of, unsigned};
use crate::statement::Statement;

/// The parts of a statement that insert the entries of `noted` that are not stored yet, with their details. All
/// statements insert entries in the order of their ids, so that they cannot deadlock.
pub(crate) fn entering(application: &str) -> String {
    format!(
        "entered AS (
            INSERT INTO audit_entries (application_id, {ENTRY_COLUMNS})
            SELECT {application}, {ENTRY_COLUMNS} FROM noted
            ORDER BY id
            ON CONFLICT (application_id, id) DO NOTHING
            RETURNING id
        ), detailed AS (
            INSERT INTO audit_details (application_id, entry_id, salt, detail, shown)
            SELECT {application}, id, salt, detail, shown FROM noted WHERE id IN (SELECT id FROM entered)
        )"
    )
}

static APPEND: LazyLock<String> = LazyLock::new(|| {
    let entering = entering("$2");
    format!(
        "WITH noted AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS r ({STORED_AUDIT})), {entering}
         SELECT count(*) FROM entered"
    )
});

/// Appends entries, and returns how many are new. If an id is repeated, only its first entry is stored.
pub(crate) fn append(
    connection: &mut PgConnection,
    application: ApplicationId,
    entries: &[AuditEntry],
) -> Result<usize, Failure> {
    let mut entries: Vec<&AuditEntry> = entries.iter().collect();
    entries.sort_by_key(|entry| entry.header.id);
    entries.dedup_by_key(|entry| entry.header.id);
    let noted: Vec<_> = entries.iter().map(|entry| StoredAudit::of(entry, false)).collect();
    let statement = Statement::new(APPEND.as_str()).bind(json_of(&noted)?).bind(application.uuid());
    unsigned("count", statement.typed_row::<BigInt, _>(connection)?)
}

/// Appends the entries of a change, in its transaction. An entry that is not new is an error, so that no change lacks
/// its entry.
pub(crate) fn record(
    connection: &mut PgConnection,
    application: ApplicationId,
    entries: &[AuditEntry],
) -> Result<(), Failure> {
    if append(connection, application, entries)? == entries.len() {
        Ok(())
    } else {
        Err(Failure::defect("the id of an audit entry is stored already"))
    }
}

/// The columns of a [`StoredAudit`] with their types, for a JSON record.
pub(crate) const STORED_AUDIT: &str = "with_user boolean, id uuid, user_id uuid, at timestamptz, actor_kind text,
    actor_key uuid, actor_role text, operation text, kind text, fields text[], request_id text, commitment bytea,
    salt bytea, detail text, shown text";

/// The columns of an entry without the application.
pub(crate) const ENTRY_COLUMNS: &str = "id, user_id, at, actor_kind, actor_key, actor_role, operation, kind, fields, request_id, commitment";

/// An audit entry with its detail.
#[derive(Serialize)]
pub(crate) struct StoredAudit {
    /// Whether the entry is written only if its user is.
    with_user: bool,
    id: String,
    user_id: Option<String>,
    at: String,
    actor_kind: &'static str,
    actor_key: Option<String>,
    actor_role: Option<&'static str>,
    operation: &'static str,
    kind: &'static str,
    fields: Vec<&'static str>,
    request_id: String,
    commitment: String,
    salt: String,
    detail: String,
    shown: Option<String>,
}

impl StoredAudit {
    pub(crate) fn of(entry: &AuditEntry, with_user: bool) -> Self {
        let header = &entry.header;
        Self {
            with_user,
            id: header.id.to_string(),
            user_id: header.user.map(|user| user.to_string()),
            at: header.at.to_string(),
            actor_kind: header.actor_kind,
            actor_key: header.actor_key.map(|key| key.to_string()),
            actor_role: header.actor_role.map(Role::as_str),
            operation: header.operation.as_str(),
            kind: header.kind.as_str(),
            fields: header.fields.iter().copied().map(UserField::as_str).collect(),
            request_id: header.request_id.as_str().to_owned(),
            commitment: hex(&entry.commitment().0),
            salt: hex(&entry.salt.0),
            detail: entry.detail.text(),
            shown: shown(entry),
        }
    }
}

/// The short form of the detail, if the user's detail response shows less than the stored detail.
fn shown(entry: &AuditEntry) -> Option<String> {
    let brief = entry.detail.brief();
    let differs = entry.header.kind.is_comment() && brief != entry.detail;
    differs.then(|| brief.text())
}

/// The input form of bytea.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold("\\x".to_owned(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
