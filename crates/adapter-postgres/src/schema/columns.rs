//! The columns that contain personal data. A test compares this list with the database.

use std::sync::LazyLock;

use users_domain::model::UserRecord;
use users_domain::model::evidence::{RiskEvent, Session, Transaction};

use crate::rows::{Columns as _, Reported as _, StoredColumn};

/// Whether a column contains personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Content {
    /// Data that may name or describe a person; deleted when the person is erased.
    Personal,
    /// No personal data.
    Impersonal,
}

/// A column whose type allows any content: text, jsonb, bytea or an array of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Column {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub name: &'static str,
    /// Whether it contains personal data.
    pub content: Content,
}

/// Every column of such a type in the schema.
pub static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let others = OTHERS.iter().flat_map(|&(table, personal, impersonal)| {
        let column = |content| move |&name: &&'static str| Column { table, name, content };
        let personal = personal.iter().map(column(Content::Personal));
        personal.chain(impersonal.iter().map(column(Content::Impersonal)))
    });
    others
        .chain(of("users", UserRecord::columns()))
        .chain(of(Session::TABLE, Session::columns()))
        .chain(of(Transaction::TABLE, Transaction::columns()))
        .chain(of(RiskEvent::TABLE, RiskEvent::columns()))
        .collect()
});

fn of(table: &'static str, columns: Vec<StoredColumn>) -> impl Iterator<Item = Column> {
    let open = columns.into_iter().filter(StoredColumn::is_open);
    open.map(move |column| Column { table, name: column.name, content: column.content })
}

/// The columns of tables that `rows` does not describe: those with personal data, and the others.
const OTHERS: &[(&str, &[&str], &[&str])] = &[
    // The networks of the application's clients, not of its users. The name of a key can be a person's name, but not a
    // user's: keys outlive the users they acted on.
    ("api_keys", &[], &["allowed_ips", "digest", "kind", "name", "prefix", "role"]),
    ("applications", &[], &["environment", "name", "verified_fields"]),
    ("audit_details", &["detail", "salt", "shown"], &[]),
    (
        "audit_entries",
        &[],
        &["actor_kind", "actor_role", "commitment", "fields", "kind", "operation", "request_id"],
    ),
    ("events", &["body"], &["changed_fields", "request_id", "webhook_type"]),
    // Digests of values that may be personal and short enough to guess.
    ("idempotency_claims", &["answer", "fingerprint", "name"], &[]),
    ("key_check", &[], &["sealed"]),
    ("outbox", &[], &["status_after", "status_before", "webhook_type"]),
    ("purge_runs", &[], &["ids_sha256"]),
    ("tags", &["name"], &["description"]),
    ("user_counts", &[], &["status"]),
    ("user_search", &["body", "short_grams"], &[]),
    ("users", &["display_sort", "metadata"], &[]),
    ("webhook_attempts", &[], &["error", "outcome", "trigger", "webhook_type"]),
    (
        "webhook_destinations",
        &[],
        &["label", "ordering", "subscribed_events", "url", "webhook_version"],
    ),
    ("webhook_lanes", &[], &["disabled_reason", "health"]),
    ("webhook_recoveries", &[], &["state"]),
    ("webhook_secrets", &[], &["sealed"]),
];
