//! The adapters as subjects of the conformance suites.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::testing::{PgStores, TestDatabase};
use adapter_postgres::{PgDeletedUserReader, PgIdempotencyStore, Pool};
use async_trait::async_trait;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Binary, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use testkit::PlainEncoder;
use testkit::conformance::{
    AccessSubject, AuditRow, AuditSubject, BreakAudit, ClaimSubject, ClaimTime, DeletedUserSubject,
    EventRow, Inspect, InspectAccess, UserStoreSubject,
};
use users_domain::model::{ApplicationId, AuditId, EventId, KeyId, Timestamp, UserId};
use uuid::Uuid;

/// The user adapters, on a new database.
pub(crate) async fn users() -> UserStoreSubject {
    users_on(&Arc::new(TestDatabase::migrated()))
}

/// The adapters of users and deleted users, on a new database.
pub(crate) async fn deleted_users() -> DeletedUserSubject {
    let database = Arc::new(TestDatabase::migrated());
    let pool = database.pool();
    DeletedUserSubject {
        users: users_over(&database, &pool),
        deleted: Arc::new(PgDeletedUserReader::new(pool)),
    }
}

/// The user adapters, on this database.
pub(crate) fn users_on(database: &Arc<TestDatabase>) -> UserStoreSubject {
    users_over(database, &database.pool())
}

/// The user adapters, on this database and over this pool.
pub(crate) fn users_over(database: &Arc<TestDatabase>, pool: &Pool) -> UserStoreSubject {
    let encoder = Arc::new(PlainEncoder);
    let stores = PgStores::over(pool, encoder.clone());
    UserStoreSubject {
        store: Arc::new(stores.users),
        reader: Arc::new(stores.reader),
        applications: Arc::new(stores.applications),
        encoder,
        inspect: Arc::new(Inside(Arc::clone(database))),
    }
}

/// The audit adapters, on a new database.
pub(crate) async fn audit() -> AuditSubject {
    let database = Arc::new(TestDatabase::migrated());
    let stores = database.stores(Arc::new(PlainEncoder));
    AuditSubject {
        users: users_over(&database, &stores.pool),
        reader: Arc::new(stores.audit),
        trail: Arc::new(stores.trail),
        breaker: Arc::new(Inside(database)),
    }
}

/// The adapters of users and claims, on a new database.
pub(crate) async fn claims() -> ClaimSubject {
    let database = Arc::new(TestDatabase::migrated());
    ClaimSubject {
        users: users_on(&database),
        claims: Arc::new(PgIdempotencyStore::new(database.pool())),
        time: Arc::new(Inside(database)),
    }
}

#[async_trait]
impl ClaimTime for Inside {
    async fn let_claims_age(&self, span: Duration) {
        diesel::sql_query(
            "UPDATE idempotency_claims SET expires_at = expires_at - $1 * interval '1 second'",
        )
        .bind::<BigInt, _>(i64::try_from(span.as_secs()).unwrap())
        .execute(&mut self.owner())
        .unwrap();
    }
}

/// The adapters of applications and keys, on a new database.
pub(crate) async fn access() -> AccessSubject {
    let database = Arc::new(TestDatabase::migrated());
    let stores = database.stores(Arc::new(PlainEncoder));
    AccessSubject {
        applications: Arc::new(stores.applications),
        keys: Arc::new(stores.keys),
        audit: Arc::new(Inside(database)),
    }
}

/// Inspects the database as its owner.
struct Inside(Arc<TestDatabase>);

impl Inside {
    fn owner(&self) -> PgConnection {
        PgConnection::establish(self.0.owner_url()).unwrap()
    }
}

#[async_trait]
impl InspectAccess for Inside {
    async fn audit_entries(&self, application: ApplicationId) -> Vec<AuditRow> {
        let rows: Vec<Entry> = diesel::sql_query(
            "SELECT e.*, d.salt, d.detail FROM audit_entries e
             JOIN audit_details d ON d.application_id = e.application_id AND d.entry_id = e.id
             WHERE e.application_id = $1 AND e.user_id IS NULL",
        )
        .bind::<SqlUuid, _>(application.uuid())
        .load(&mut self.owner())
        .unwrap();
        rows.into_iter().map(Entry::into_row).collect()
    }
}

#[async_trait]
impl Inspect for Inside {
    async fn audit_entries(&self, application: ApplicationId, user: UserId) -> Vec<AuditRow> {
        let rows: Vec<Entry> = diesel::sql_query(
            "SELECT e.*, d.salt, d.detail FROM audit_entries e
             JOIN audit_details d ON d.application_id = e.application_id AND d.entry_id = e.id
             WHERE e.application_id = $1 AND e.user_id = $2",
        )
        .bind::<SqlUuid, _>(application.uuid())
        .bind::<SqlUuid, _>(user.uuid())
        .load(&mut self.owner())
        .unwrap();
        rows.into_iter().map(Entry::into_row).collect()
    }

    async fn events(&self, application: ApplicationId, user: UserId) -> Vec<EventRow> {
        let rows: Vec<Event> =
            diesel::sql_query("SELECT * FROM events WHERE application_id = $1 AND user_id = $2")
                .bind::<SqlUuid, _>(application.uuid())
                .bind::<SqlUuid, _>(user.uuid())
                .load(&mut self.owner())
                .unwrap();
        rows.into_iter().map(Event::into_row).collect()
    }

    async fn fail_event_inserts(&self, fail: bool) {
        // Deferred: fails after everything else is written.
        let change = if fail {
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE check_violation USING CONSTRAINT = 'failing'; END $$;
             CREATE CONSTRAINT TRIGGER failing AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION fail();"
        } else {
            "DROP TRIGGER failing ON events; DROP FUNCTION fail();"
        };
        self.owner().batch_execute(change).unwrap();
    }
}

#[async_trait]
impl BreakAudit for Inside {
    async fn erase_detail(&self, application: ApplicationId, entry: AuditId) {
        // Disables the append-only trigger, within this transaction only.
        self.owner()
            .batch_execute(&format!(
                "BEGIN;
                 ALTER TABLE audit_details DISABLE TRIGGER audit_details_append_only;
                 DELETE FROM audit_details WHERE application_id = '{application}' AND entry_id = '{entry}';
                 ALTER TABLE audit_details ENABLE TRIGGER audit_details_append_only;
                 COMMIT;"
            ))
            .unwrap();
    }
}

#[derive(QueryableByName)]
struct Entry {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    at: chrono::DateTime<chrono::Utc>,
    #[diesel(sql_type = Text)]
    actor_kind: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    actor_key: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    actor_role: Option<String>,
    #[diesel(sql_type = Text)]
    operation: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Array<Text>)]
    fields: Vec<String>,
    #[diesel(sql_type = Text)]
    request_id: String,
    #[diesel(sql_type = Binary)]
    salt: Vec<u8>,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Binary)]
    commitment: Vec<u8>,
}

impl Entry {
    fn into_row(self) -> AuditRow {
        AuditRow {
            id: AuditId::new(self.id),
            at: Timestamp::from_datetime(self.at),
            actor_kind: self.actor_kind,
            actor_key: self.actor_key.map(KeyId::new),
            actor_role: self.actor_role,
            operation: self.operation,
            kind: self.kind,
            fields: self.fields,
            request_id: self.request_id,
            salt: self.salt.try_into().unwrap(),
            detail: self.detail,
            commitment: self.commitment.try_into().unwrap(),
        }
    }
}

#[derive(QueryableByName)]
struct Event {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    webhook_type: String,
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = Timestamptz)]
    created_at: chrono::DateTime<chrono::Utc>,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = Integer)]
    timestamp_offset: i32,
}

impl Event {
    fn into_row(self) -> EventRow {
        EventRow {
            id: EventId::new(self.id),
            webhook_type: self.webhook_type,
            sequence: self.sequence.try_into().unwrap(),
            created_at: Timestamp::from_datetime(self.created_at),
            body: self.body,
            timestamp_offset: self.timestamp_offset.try_into().unwrap(),
        }
    }
}
