//! The suites that every store of users must pass, and what a file adds: it is opened again.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adapter_memory::MemoryStore;
use file_store::FileStore;
use testkit::conformance::{AuditRow, EventRow, Inspect, UserStoreSubject};
use testkit::{PlainEncoder, Tenant, a_user, all_users, by_name, metadata, run, tag};
use users_domain::model::{
    ApplicationId, AuditId, EventId, Json, JsonObject, KeyId, Timestamp, UserId,
};
use users_domain::rules::CreateUser;

/// A new path in a directory of this test process.
fn new_path() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(std::process::id().to_string());
    std::fs::create_dir_all(&directory).unwrap();
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    directory.join(format!("{number}.journal"))
}

fn open(path: &Path) -> FileStore {
    FileStore::open(path, Arc::new(PlainEncoder)).unwrap()
}

fn subject_at(path: PathBuf) -> UserStoreSubject {
    let store = Arc::new(open(&path));
    UserStoreSubject {
        store: store.clone(),
        reader: store.clone(),
        applications: Arc::new(MemoryStore::new(Arc::new(PlainEncoder))),
        encoder: Arc::new(PlainEncoder),
        inspect: Arc::new(Lines { path, store }),
    }
}

async fn subject() -> UserStoreSubject {
    subject_at(new_path())
}

testkit::conformance!(user_store, subject);
testkit::conformance!(user_reader, subject);

/// Reads the lines of the file, past the ports.
struct Lines {
    path: PathBuf,
    store: Arc<FileStore>,
}

impl Lines {
    fn rows(&self, application: ApplicationId, user: UserId, key: &str) -> Vec<JsonObject> {
        let text = std::fs::read_to_string(&self.path).unwrap();
        let lines = text.lines().map(|line| object(Json::read(line, 1_000_000).unwrap()));
        let lines = lines.filter(|line| text_of(line, "application") == application.to_string());
        let rows = lines.flat_map(|mut line| items(line.remove(key).unwrap()));
        let rows = rows.map(object);
        rows.filter(|row| text_of(row, "user") == user.to_string()).collect()
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // The store is in use until the subject is dropped; an open file can be removed.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[async_trait::async_trait]
impl Inspect for Lines {
    async fn audit_entries(&self, application: ApplicationId, user: UserId) -> Vec<AuditRow> {
        let rows = self.rows(application, user, "audit").into_iter();
        rows.map(|row| AuditRow {
            id: AuditId::parse(&text_of(&row, "id")).unwrap(),
            at: Timestamp::parse(&text_of(&row, "at")).unwrap(),
            actor_kind: text_of(&row, "actor_kind"),
            actor_key: KeyId::parse(&text_of(&row, "actor_key")).ok(),
            actor_role: Some(text_of(&row, "actor_role")).filter(|role| !role.is_empty()),
            operation: text_of(&row, "operation"),
            kind: text_of(&row, "kind"),
            fields: texts_of(&row, "fields"),
            request_id: text_of(&row, "request_id"),
            salt: bytes_of(&row, "salt"),
            detail: text_of(&row, "detail"),
            commitment: bytes_of(&row, "commitment"),
        })
        .collect()
    }

    async fn events(&self, application: ApplicationId, user: UserId) -> Vec<EventRow> {
        let rows = self.rows(application, user, "events").into_iter();
        rows.map(|row| EventRow {
            id: EventId::parse(&text_of(&row, "id")).unwrap(),
            webhook_type: text_of(&row, "webhook_type"),
            sequence: text_of(&row, "sequence").parse().unwrap(),
            created_at: Timestamp::parse(&text_of(&row, "created_at")).unwrap(),
            body: text_of(&row, "body"),
            timestamp_offset: text_of(&row, "timestamp_offset").parse().unwrap(),
        })
        .collect()
    }

    async fn fail_event_inserts(&self, fail: bool) {
        self.store.set_max_bytes(if fail { 0 } else { u64::MAX });
    }
}

fn object(json: Json) -> JsonObject {
    let Json::Object(members) = json else { panic!("{json} is no object") };
    members
}

fn items(json: Json) -> Vec<Json> {
    let Json::Array(items) = json else { panic!("{json} is no array") };
    items
}

/// Empty for null.
fn text_of(row: &JsonObject, key: &str) -> String {
    match row.get(key) {
        Some(Json::String(text)) => text.clone(),
        _ => String::new(),
    }
}

fn texts_of(row: &JsonObject, key: &str) -> Vec<String> {
    let items = items(row.get(key).unwrap().clone());
    let text = |json| match json {
        Json::String(text) => text,
        other => panic!("{other} is no text"),
    };
    items.into_iter().map(text).collect()
}

fn bytes_of(row: &JsonObject, key: &str) -> [u8; 32] {
    let bytes: Vec<u8> = texts_of(row, key).iter().map(|byte| byte.parse().unwrap()).collect();
    bytes.try_into().unwrap()
}

#[test]
fn an_opened_file_has_the_same_users_and_accepts_changes() {
    run(async {
        let path = new_path();
        let subject = subject_at(path.clone());
        let tenant = Tenant::of(&subject).await;
        let ada = CreateUser {
            metadata: metadata([("plan", Json::count(7))]),
            tags: vec![tag("vip")],
            ..a_user("ada")
        };
        tenant.has(ada).await;
        tenant.has(a_user("bob")).await;
        let id = tenant.has(a_user("eve")).await.record.id;
        tenant.write(tenant.delete(by_name("eve"))).await.unwrap();
        let page = subject.reader.list(tenant.id(), &all_users()).await.unwrap();
        let ada = tenant.find(&by_name("ada")).await;
        // A process that stopped while it wrote leaves a part of a line.
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(b"{\"application\":");
        let copy = new_path();
        std::fs::write(&copy, bytes).unwrap();

        let again = subject_at(copy);
        assert_eq!(again.reader.list(tenant.id(), &all_users()).await, Ok(page));
        assert_eq!(again.reader.find(tenant.id(), &by_name("ada")).await, Ok(ada));
        let restored = again.store.commit(tenant.id(), vec![tenant.restore(id)]).await;
        assert!(restored.unwrap().pop().unwrap().unwrap().changed);
        assert_eq!(again.inspect.events(tenant.id(), id).await.len(), 3);
    });
}

#[test]
fn a_file_is_opened_by_one_store_at_a_time() {
    let path = new_path();
    let first = open(&path);
    assert!(FileStore::open(&path, Arc::new(PlainEncoder)).is_err());
    drop(first);
    open(&path);
    std::fs::remove_file(path).unwrap();
}
