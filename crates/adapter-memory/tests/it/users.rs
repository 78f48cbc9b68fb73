//! Users, their audit trail and their events.

use std::sync::Arc;

use adapter_memory::MemoryStore;
use async_trait::async_trait;
use testkit::PlainEncoder;
use testkit::conformance::{
    AuditRow, AuditSubject, BreakAudit, DeletedUserSubject, EventRow, Inspect, UserStoreSubject,
};
use users_domain::model::{ApplicationId, AuditId, UserId};

struct MemoryInspect(Arc<MemoryStore>);

#[async_trait]
impl Inspect for MemoryInspect {
    async fn audit_entries(&self, application: ApplicationId, user: UserId) -> Vec<AuditRow> {
        let entries = self.0.audit_entries(application).into_iter();
        let of_user = entries.filter(|entry| entry.header.user == Some(user));
        of_user.map(|entry| AuditRow::of(&entry)).collect()
    }

    async fn events(&self, application: ApplicationId, user: UserId) -> Vec<EventRow> {
        let events = self.0.events(application).into_iter();
        let of_user = events.filter(|stored| stored.event.user == user);
        of_user.map(|stored| EventRow::of_encoded(&stored.event, stored.encoded)).collect()
    }

    async fn fail_event_inserts(&self, fail: bool) {
        self.0.set_event_capacity(if fail { 0 } else { usize::MAX });
    }
}

#[async_trait]
impl BreakAudit for MemoryInspect {
    async fn erase_detail(&self, application: ApplicationId, entry: AuditId) {
        self.0.erase_audit_detail(application, entry);
    }
}

async fn subject() -> UserStoreSubject {
    users_in(&Arc::new(MemoryStore::new(Arc::new(PlainEncoder))))
}

async fn audit() -> AuditSubject {
    let store = Arc::new(MemoryStore::new(Arc::new(PlainEncoder)));
    AuditSubject {
        users: users_in(&store),
        reader: store.clone(),
        trail: store.clone(),
        breaker: Arc::new(MemoryInspect(store)),
    }
}

fn users_in(store: &Arc<MemoryStore>) -> UserStoreSubject {
    UserStoreSubject {
        store: store.clone(),
        reader: store.clone(),
        applications: store.clone(),
        encoder: Arc::new(PlainEncoder),
        inspect: Arc::new(MemoryInspect(store.clone())),
    }
}

testkit::conformance!(audit, audit);

async fn deleted() -> DeletedUserSubject {
    let store = Arc::new(MemoryStore::new(Arc::new(PlainEncoder)));
    DeletedUserSubject { users: users_in(&store), deleted: store }
}

testkit::conformance!(deleted_users, deleted);
testkit::conformance!(user_store, subject);
testkit::conformance!(user_reader, subject);
testkit::conformance!(evidence, subject);

mod claims {
    use std::time::Duration;

    use testkit::FixedClock;
    use testkit::conformance::{ClaimSubject, ClaimTime};

    use super::*;

    struct Moving(Arc<FixedClock>);

    #[async_trait]
    impl ClaimTime for Moving {
        async fn let_claims_age(&self, span: Duration) {
            let micros = i64::try_from(span.as_micros());
            self.0.advance(micros.unwrap_or(i64::MAX));
        }
    }

    async fn subject() -> ClaimSubject {
        let (encoder, clock) = (Arc::new(PlainEncoder), Arc::new(FixedClock::default()));
        let store = Arc::new(MemoryStore::with_clock(encoder.clone(), clock.clone()));
        ClaimSubject {
            users: UserStoreSubject {
                store: store.clone(),
                reader: store.clone(),
                applications: store.clone(),
                encoder,
                inspect: Arc::new(MemoryInspect(store.clone())),
            },
            claims: store,
            time: Arc::new(Moving(clock)),
        }
    }

    testkit::conformance!(claims, subject);
}
