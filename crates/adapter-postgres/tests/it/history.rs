//! Audit entries and events are append-only, enforced by the database.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{PgAuditReader, PgKeyStore};
use openssl::sha::sha256;
use testkit::conformance::{AuditRow, UserStoreSubject};
use testkit::{
    Tenant, a_key, a_key_entry, a_user, by_name, display_name, metadata, run, to_status,
};
use users_domain::model::{
    AuditProof, Json, KeyKind, Number, StoredAuditEntry, UserId, UserStatus,
};
use users_domain::ports::{KeyStore as _, StoreError};
use users_domain::rules::{MetadataPatch, Patch, UpdateUser};

use crate::sql::{connect, execute, number};
use crate::subject::users_on;

const HISTORY: [&str; 3] = ["audit_entries", "audit_details", "events"];

/// A user that is created, renamed, blocked and deleted.
async fn a_life(subject: &UserStoreSubject) -> (Tenant, UserId) {
    let tenant = Tenant::of(subject).await;
    let user = tenant.has(a_user("ada")).await.record.id;
    let edit = UpdateUser {
        display_name: Patch::Set(display_name("Ada é \" \\ 日本")),
        ..UpdateUser::default()
    };
    let steps = [
        tenant.update(by_name("ada"), edit),
        tenant.change_status(by_name("ada"), to_status(UserStatus::Blocked)),
        tenant.delete(by_name("ada")),
    ];
    for step in steps {
        assert!(tenant.write(step).await.unwrap().changed);
    }
    (tenant, user)
}

#[test]
fn neither_the_runtime_role_nor_the_owner_can_change_history() {
    let database = Arc::new(TestDatabase::migrated());
    run(a_life(&users_on(&database)));
    let mut owner = connect(database.owner_url());
    for table in HISTORY {
        let size = format!("SELECT count(*) FROM {table}");
        let before = number(&mut owner, &size);
        assert!(before > 0, "{table} is empty");
        for change in [
            format!("UPDATE {table} SET application_id = gen_random_uuid()"),
            format!("UPDATE {table} SET application_id = application_id WHERE false"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
            format!("TRUNCATE {table} CASCADE"),
        ] {
            let refusal = execute(database.runtime_url(), &change).unwrap_err();
            assert_eq!(
                refusal.to_string(),
                format!("permission denied for table {table}"),
                "{change}"
            );
            let refusal = execute(database.owner_url(), &change).unwrap_err();
            assert!(refusal.to_string().ends_with("its rows are history"), "{change}: {refusal}");
        }
        assert_eq!(number(&mut owner, &size), before);
    }
}

#[test]
fn the_runtime_role_can_neither_change_the_schema_nor_remove_rows() {
    let database = Arc::new(TestDatabase::migrated());
    for statement in [
        "CREATE TABLE mine ()",
        "CREATE TEMPORARY TABLE mine ()",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION hstore",
        "CREATE ROLE mine",
        "CREATE INDEX mine ON users (id)",
        "ALTER TABLE users ADD COLUMN mine integer",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "ALTER TABLE users OWNER TO CURRENT_USER",
        "DROP TABLE tags",
        "DROP INDEX users_by_tag",
        "DROP TRIGGER events_append_only ON events",
        "DROP FUNCTION refuse_change_of_history() CASCADE",
        "SET session_replication_role = replica",
        "SET ROLE users_owner",
        "ALTER TABLE audit_entries DISABLE ROW LEVEL SECURITY",
        "DELETE FROM users",
        "DELETE FROM user_sessions",
        "UPDATE event_retention SET days = 0",
        "TRUNCATE users",
        "DELETE FROM applications",
        "DELETE FROM api_keys",
        "UPDATE tags SET name = name",
        "DELETE FROM __diesel_schema_migrations",
    ] {
        let refusal = execute(database.runtime_url(), statement).expect_err(statement).to_string();
        assert!(
            refusal.starts_with("permission denied") || refusal.starts_with("must be owner"),
            "{statement}: {refusal}"
        );
    }
}

/// The commitment, recomputed from the stored data alone.
fn commitment(tenant: &Tenant, user: UserId, row: &AuditRow) -> [u8; 32] {
    let text = |text: &str| Json::String(text.to_owned());
    let header = Json::object([
        ("id", text(&row.id.to_string())),
        ("application", text(&tenant.id().to_string())),
        ("user", text(&user.to_string())),
        ("at", text(&row.at.to_string())),
        ("actor_kind", text(&row.actor_kind)),
        ("actor_key", Json::optional_string(row.actor_key)),
        ("actor_role", Json::optional_string(row.actor_role.as_deref())),
        ("operation", text(&row.operation)),
        ("kind", text(&row.kind)),
        ("fields", Json::strings(&row.fields)),
        ("request_id", text(&row.request_id)),
    ])
    .to_string();
    let mut covered = Vec::new();
    for part in [b"users/audit/1".as_slice(), &row.salt, header.as_bytes(), row.detail.as_bytes()] {
        covered.extend((part.len() as u64).to_be_bytes());
        covered.extend(part);
    }
    sha256(&covered)
}

#[test]
fn commitments_can_be_recomputed_from_stored_data() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_on(&database);
        let (tenant, user) = a_life(&subject).await;
        let rows = subject.inspect.audit_entries(tenant.id(), user).await;
        assert!(rows.len() >= 4, "one entry per step: {rows:?}");
        for row in &rows {
            assert_eq!(commitment(&tenant, user, row), row.commitment, "{row:?}");
            let forged = AuditRow { detail: row.detail.replacen("ada", "eve", 1), ..row.clone() };
            assert_ne!(commitment(&tenant, user, &forged), row.commitment);
        }
        tenant.assert_stored_as_decided().await;
    });
}

#[test]
fn the_shown_detail_is_proved_by_the_commitment() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let tenant = Tenant::of(&users_on(&database)).await;
        tenant.has(a_user("ada")).await;
        for (name, bytes) in [("long", 300), ("longer", 400)] {
            let value = metadata([
                (name, Json::String("\"é\n ".repeat(bytes))),
                ("weight", Json::Number(Number::parse("0.1").unwrap())),
            ]);
            let update = UpdateUser {
                metadata: Some(MetadataPatch::Replace(value)),
                ..UpdateUser::default()
            };
            let update = tenant.update(by_name("ada"), update);
            assert!(tenant.write(update).await.unwrap().changed);
        }
        let reader = PgAuditReader::new(database.pool());
        let altered = async || {
            let page = reader.stored(tenant.id(), None, 100).await.unwrap();
            assert!(page.entries.len() >= 3);
            let proofs = page.entries.iter().map(StoredAuditEntry::proof);
            proofs.filter(|proof| *proof == AuditProof::Altered).count()
        };
        assert_eq!(altered().await, 0);
        for (change, count) in [
            ("shown = replace(shown, 'elided', 'e') WHERE shown IS NOT NULL", 2),
            ("shown = '{' WHERE shown IS NOT NULL", 2),
            // The detail itself is shown instead.
            ("shown = NULL", 0),
            ("shown = '{}' WHERE detail LIKE '%longer%'", 1),
        ] {
            let change = format!(
                "ALTER TABLE audit_details DISABLE TRIGGER USER; UPDATE audit_details SET {change};
                 ALTER TABLE audit_details ENABLE TRIGGER USER"
            );
            execute(database.owner_url(), &change).unwrap();
            assert_eq!(altered().await, count, "{change}");
        }
    });
}

#[test]
fn a_key_is_not_stored_without_its_audit_entry() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let tenant = Tenant::of(&users_on(&database)).await;
        let keys = PgKeyStore::new(database.pool());
        let [first, second] = [(); 2].map(|()| a_key(&tenant.application, KeyKind::Service).0);
        let entry = a_key_entry(&first);
        assert_eq!(keys.add(first.clone(), entry.clone()).await, Ok(true));
        let refused = keys.add(second.clone(), entry).await;
        assert!(matches!(refused, Err(StoreError::Defect { .. })), "{refused:?}");
        assert_eq!(keys.find(first.digest).await.unwrap().unwrap().key, first);
        assert_eq!(keys.find(second.digest).await, Ok(None));
    });
}
