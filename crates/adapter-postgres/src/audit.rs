//! Audit entries as rows, and as JSON for `jsonb_to_recordset` in the statement that writes users.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;
use users_domain::model::{AuditEntry, KeyId, Role, UserField, UserId};
use uuid::Uuid;

use crate::schema::tables::{audit_details, audit_entries};

/// A row without its detail.
#[derive(Insertable)]
#[diesel(table_name = audit_entries, treat_none_as_default_value = false)]
pub(crate) struct NewEntry<'a> {
    application_id: Uuid,
    id: Uuid,
    user_id: Option<Uuid>,
    at: DateTime<Utc>,
    actor_kind: &'static str,
    actor_key: Option<Uuid>,
    actor_role: Option<String>,
    operation: &'static str,
    kind: &'static str,
    fields: Vec<&'static str>,
    request_id: &'a str,
    commitment: Vec<u8>,
}

impl<'a> NewEntry<'a> {
    pub(crate) fn of(entry: &'a AuditEntry) -> Self {
        let header = &entry.header;
        Self {
            application_id: header.application.uuid(),
            id: header.id.uuid(),
            user_id: header.user.map(UserId::uuid),
            at: header.at.datetime(),
            actor_kind: header.actor_kind,
            actor_key: header.actor_key.map(KeyId::uuid),
            actor_role: header.actor_role.map(|role| role.as_str().to_owned()),
            operation: header.operation.as_str(),
            kind: header.kind.as_str(),
            fields: header.fields.iter().map(|field| field.as_str()).collect(),
            request_id: header.request_id.as_str(),
            commitment: entry.commitment().0.to_vec(),
        }
    }
}

/// The detail of an entry.
#[derive(Insertable)]
#[diesel(table_name = audit_details)]
pub(crate) struct NewDetail {
    application_id: Uuid,
    entry_id: Uuid,
    salt: Vec<u8>,
    detail: String,
}

impl NewDetail {
    pub(crate) fn of(entry: &AuditEntry) -> Self {
        Self {
            application_id: entry.header.application.uuid(),
            entry_id: entry.header.id.uuid(),
            salt: entry.salt.0.to_vec(),
            detail: entry.detail.text(),
        }
    }
}

/// Inserts entries that have no `shown` form, with their details.
pub(crate) fn insert(connection: &mut PgConnection, entries: &[AuditEntry]) -> QueryResult<()> {
    let rows: Vec<_> = entries.iter().map(NewEntry::of).collect();
    let details: Vec<_> = entries.iter().map(NewDetail::of).collect();
    diesel::insert_into(audit_entries::table).values(rows).execute(connection)?;
    diesel::insert_into(audit_details::table).values(details).execute(connection)?;
    Ok(())
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
