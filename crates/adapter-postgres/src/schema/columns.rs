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

const fn personal(table: &'static str, name: &'static str) -> Column {
    let content = Content::Personal;
    Column { table, name, content }
}

const fn impersonal(table: &'static str, name: &'static str) -> Column {
    let content = Content::Impersonal;
    Column { table, name, content }
}

/// Every column of such a type in the schema.
pub static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let columns = OTHERS.iter().copied();
    columns
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

/// The columns of tables that `rows` does not describe.
const OTHERS: &[Column] = &[
    // The networks of the application's clients, not of its users.
    impersonal("api_keys", "allowed_ips"),
    impersonal("api_keys", "digest"),
    impersonal("api_keys", "kind"),
    // The name of a key can be a person's name, but not a user's: keys outlive the users they acted on.
    impersonal("api_keys", "name"),
    impersonal("api_keys", "prefix"),
    impersonal("api_keys", "role"),
    impersonal("applications", "environment"),
    impersonal("applications", "name"),
    impersonal("applications", "verified_fields"),
    personal("audit_details", "detail"),
    personal("audit_details", "salt"),
    personal("audit_details", "shown"),
    impersonal("audit_entries", "actor_kind"),
    impersonal("audit_entries", "actor_role"),
    impersonal("audit_entries", "commitment"),
    impersonal("audit_entries", "fields"),
    impersonal("audit_entries", "kind"),
    impersonal("audit_entries", "operation"),
    impersonal("audit_entries", "request_id"),
    personal("events", "body"),
    impersonal("events", "changed_fields"),
    impersonal("events", "request_id"),
    impersonal("events", "webhook_type"),
    personal("idempotency_claims", "answer"),
    // Digests of values that may be personal and short enough to guess.
    personal("idempotency_claims", "fingerprint"),
    personal("idempotency_claims", "name"),
    impersonal("key_check", "sealed"),
    impersonal("outbox", "status_after"),
    impersonal("outbox", "status_before"),
    impersonal("outbox", "webhook_type"),
    impersonal("purge_runs", "ids_sha256"),
    impersonal("tags", "description"),
    personal("tags", "name"),
    impersonal("user_counts", "status"),
    personal("user_search", "body"),
    personal("user_search", "short_grams"),
    personal("users", "display_sort"),
    personal("users", "metadata"),
    impersonal("webhook_attempts", "error"),
    impersonal("webhook_attempts", "outcome"),
    impersonal("webhook_attempts", "trigger"),
    impersonal("webhook_attempts", "webhook_type"),
    impersonal("webhook_destinations", "label"),
    impersonal("webhook_destinations", "ordering"),
    impersonal("webhook_destinations", "subscribed_events"),
    impersonal("webhook_destinations", "url"),
    impersonal("webhook_destinations", "webhook_version"),
    impersonal("webhook_lanes", "disabled_reason"),
    impersonal("webhook_lanes", "health"),
    impersonal("webhook_recoveries", "state"),
    impersonal("webhook_secrets", "sealed"),
];
