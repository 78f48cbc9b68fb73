//! The one statement that writes: users, and with each of them its search text, tags, audit entries, events and the
//! markers of the outbox.
//!
//! A marker gets its number after its user was locked, because what is marked is read from what was written: the numbers
//! of one user's markers follow its sequence.
//!
//! A user that lost a race is not written, and neither is anything of it. All parts stand or fall together, because they
//! are one statement.

use std::collections::HashSet;
use std::sync::LazyLock;

use diesel::PgConnection;
use diesel::prelude::QueryableByName;
use diesel::sql_types::Uuid as SqlUuid;
use serde::Serialize;
use users_domain::model::{ApplicationId, UserId};
use uuid::Uuid;

use super::stored::{StoredAudit, StoredEvent, StoredSearch, StoredTag, StoredUser};
use crate::failure::Failure;
use crate::statement::Statement;

/// The columns of a user that a change may touch, with their types.
const CHANGING: [(&str, &str); 31] = [
    ("status", "text"),
    ("display_name", "text"),
    ("display_sort", "text"),
    ("declared_full_name", "text"),
    ("declared_date_of_birth", "date"),
    ("declared_emails", "text[]"),
    ("declared_phones", "text[]"),
    ("declared_issuing_states", "text[]"),
    ("verified_session_id", "text"),
    ("verified_at", "timestamptz"),
    ("verified_full_name", "text"),
    ("verified_date_of_birth", "date"),
    ("verified_portrait_image_url", "text"),
    ("verified_emails", "text[]"),
    ("verified_phones", "text[]"),
    ("verified_issuing_states", "text[]"),
    ("override_full_name", "text"),
    ("override_date_of_birth", "date"),
    ("session_count", "bigint"),
    ("approved_count", "bigint"),
    ("declined_count", "bigint"),
    ("in_review_count", "bigint"),
    ("features", "jsonb"),
    ("first_session_at", "timestamptz"),
    ("last_session_at", "timestamptz"),
    ("last_activity_at", "timestamptz"),
    ("tags", "jsonb"),
    ("updated_at", "timestamptz"),
    ("deleted_at", "timestamptz"),
    ("version", "bigint"),
    ("sequence", "bigint"),
];

static WRITE: LazyLock<String> = LazyLock::new(|| {
    let join = |part: fn(&(&str, &str)) -> String| {
        CHANGING.iter().map(part).collect::<Vec<_>>().join(", ")
    };
    let names = join(|(name, _)| (*name).to_owned());
    let typed = join(|(name, kind)| format!("{name} {kind}"));
    let set = join(|(name, _)| format!("{name} = r.{name}"));
    format!(
        "WITH given AS (
            SELECT * FROM jsonb_to_recordset($1::jsonb) AS r (
                version_before bigint, id uuid, vendor_data text, metadata text, created_at timestamptz, {typed})
        ), inserted AS (
            INSERT INTO users (application_id, id, vendor_data, metadata, created_at, {names})
            SELECT $2, id, vendor_data, metadata::json, created_at, {names} FROM given
            WHERE version_before IS NULL
            ORDER BY vendor_data COLLATE \"C\"
            ON CONFLICT (application_id, vendor_data) WHERE deleted_at IS NULL DO NOTHING
            RETURNING id
        ), updated AS (
            UPDATE users u SET metadata = coalesce(r.metadata::json, u.metadata), {set}
            FROM given r
            WHERE u.application_id = $2 AND u.id = r.id AND u.version = r.version_before AND u.deleted_at IS NULL
            RETURNING u.id
        ), written AS (
            SELECT id FROM inserted UNION ALL SELECT id FROM updated
        ), searched AS (
            INSERT INTO user_search (application_id, user_id, body, short_grams, norm_version)
            SELECT $2, user_id, body, short_grams, norm_version
            FROM jsonb_to_recordset($3::jsonb) AS r (user_id uuid, body text, short_grams text[], norm_version smallint)
            WHERE user_id IN (SELECT id FROM written)
            ON CONFLICT (application_id, user_id) DO UPDATE
            SET body = excluded.body, short_grams = excluded.short_grams, norm_version = excluded.norm_version
        ), tagged AS (
            INSERT INTO tags (application_id, name, description, created_at, updated_at)
            SELECT $2, name, description, created_at, updated_at
            FROM jsonb_to_recordset($4::jsonb) AS r (
                user_id uuid, name text, description text, created_at timestamptz, updated_at timestamptz)
            WHERE user_id IN (SELECT id FROM written)
            ORDER BY name COLLATE \"C\"
            ON CONFLICT (application_id, name) DO NOTHING
        ), noted AS (
            SELECT * FROM jsonb_to_recordset($5::jsonb) AS r (
                with_user boolean, id uuid, user_id uuid, at timestamptz, actor_kind text, actor_key uuid,
                actor_role text, operation text, kind text, fields text[], request_id text, commitment bytea,
                salt bytea, detail text)
            WHERE NOT with_user OR user_id IN (SELECT id FROM written)
        ), entered AS (
            INSERT INTO audit_entries (application_id, id, user_id, at, actor_kind, actor_key, actor_role, operation,
                kind, fields, request_id, commitment)
            SELECT $2, id, user_id, at, actor_kind, actor_key, actor_role, operation, kind, fields, request_id,
                commitment
            FROM noted
            ORDER BY id
            ON CONFLICT (application_id, id) DO NOTHING
            RETURNING id
        ), detailed AS (
            INSERT INTO audit_details (application_id, entry_id, salt, detail)
            SELECT $2, id, salt, detail FROM noted WHERE id IN (SELECT id FROM entered)
        ), happened AS (
            SELECT * FROM jsonb_to_recordset($6::jsonb) AS r (
                id uuid, user_id uuid, version bigint, sequence bigint, order_key bigint, webhook_type text,
                created_at timestamptz, changed_fields text[], request_id text, body text, timestamp_offset integer)
            WHERE user_id IN (SELECT id FROM written)
        ), told AS (
            INSERT INTO events (application_id, id, user_id, sequence, webhook_type, created_at, changed_fields,
                request_id, body, timestamp_offset)
            SELECT $2, id, user_id, sequence, webhook_type, created_at, changed_fields, request_id, body,
                timestamp_offset
            FROM happened
        ), marked AS (
            INSERT INTO outbox (order_key, version, sequence, application_id, user_id, event_id, webhook_type)
            SELECT order_key, version, sequence, $2, user_id, id, webhook_type
            FROM happened
            ORDER BY user_id, sequence
        )
        SELECT id FROM written"
    )
});

/// What is to be written together.
#[derive(Default)]
pub(super) struct Batch<'a> {
    pub(super) users: Vec<StoredUser<'a>>,
    pub(super) search: Vec<StoredSearch<'a>>,
    pub(super) tags: Vec<StoredTag<'a>>,
    pub(super) audit: Vec<StoredAudit>,
    pub(super) events: Vec<StoredEvent>,
}

impl Batch<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.users.is_empty() && self.audit.is_empty()
    }

    /// Writes, and answers which users were written.
    pub(super) fn write(
        &self,
        connection: &mut PgConnection,
        application: ApplicationId,
    ) -> Result<HashSet<UserId>, Failure> {
        let statement = Statement::new(WRITE.as_str())
            .bind(json(&self.users)?)
            .bind(application.uuid())
            .bind(json(&self.search)?)
            .bind(json(&self.tags)?)
            .bind(json(&self.audit)?)
            .bind(json(&self.events)?);
        let rows: Vec<IdRow> = statement.rows(connection)?;
        Ok(rows.into_iter().map(|row| UserId::new(row.id)).collect())
    }
}

fn json(rows: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(rows).map_err(|_| Failure::defect("rows could not be written as JSON"))
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}
