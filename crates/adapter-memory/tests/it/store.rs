//! Behaviour of the store beyond its ports.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adapter_memory::MemoryStore;
use testkit::{PlainEncoder, a_caller, a_user, an_application, run, vendor_data};
use users_domain::model::{Caller, KeyKind, Role, UserEvent, VendorData};
use users_domain::ports::{EncodedEvent, EventEncoder, Readiness as _, StoreError};
use users_domain::service::{DeleteUsers, ServiceError, UserService, UserServiceLimits};

/// Panics while `broken` is set.
#[derive(Default)]
struct Fragile {
    broken: AtomicBool,
}

impl EventEncoder for Fragile {
    fn encode(&self, event: &UserEvent) -> EncodedEvent {
        assert!(!self.broken.load(Ordering::SeqCst), "the encoder is broken");
        PlainEncoder.encode(event)
    }
}

fn service(store: &Arc<MemoryStore>) -> UserService {
    let limits = UserServiceLimits {
        delete_chunk_users: 2,
        delete_all_budget: std::time::Duration::from_mins(1),
        longest_hold: std::time::Duration::from_mins(1),
    };
    UserService::new(
        store.clone(),
        store.clone(),
        store.clone(),
        Arc::new(testkit::FixedClock::default()),
        Arc::new(testkit::CountingEntropy::default()),
        limits,
    )
}

fn owner() -> Caller {
    a_caller(&an_application(), KeyKind::Role(Role::Owner))
}

#[test]
fn a_panic_in_the_encoder_leaves_the_store_consistent_and_usable() {
    let encoder = Arc::new(Fragile::default());
    let store = Arc::new(MemoryStore::new(encoder.clone()));
    let (service, owner) = (service(&store), owner());

    encoder.broken.store(true, Ordering::SeqCst);
    let create = || run(service.create(&owner, a_user("ada"), None));
    assert!(catch_unwind(AssertUnwindSafe(create)).is_err());
    assert_eq!(store.users(owner.application()), []);
    assert_eq!(store.audit_entries(owner.application()), []);
    assert_eq!(store.events(owner.application()), []);

    encoder.broken.store(false, Ordering::SeqCst);
    assert_eq!(create().unwrap().fresh().unwrap().user.record.version, 1);
}

#[test]
fn the_event_capacity_applies_to_each_application() {
    let store = Arc::new(MemoryStore::new(Arc::new(PlainEncoder)));
    let (service, one, other) = (service(&store), owner(), owner());
    store.set_event_capacity(2);
    for caller in [&one, &other] {
        for name in ["a", "b"] {
            run(service.create(caller, a_user(name), None)).unwrap();
        }
    }
    let full = run(service.create(&one, a_user("c"), None));
    assert!(matches!(full, Err(ServiceError::Store(StoreError::Unavailable { .. }))));
    store.set_event_capacity(3);
    assert!(run(service.create(&one, a_user("c"), None)).is_ok());
}

#[test]
fn events_are_in_order_and_deleted_users_are_included() {
    let store = Arc::new(MemoryStore::new(Arc::new(PlainEncoder)));
    let (service, owner) = (service(&store), owner());
    for name in ["a", "b", "c"] {
        run(service.create(&owner, a_user(name), None)).unwrap();
    }
    let deletion = run(service.delete(&owner, DeleteUsers::All, None)).unwrap();
    let deletion = deletion.fresh().unwrap();
    assert_eq!((deletion.deleted, deletion.remaining), (3, false));

    let users = store.users(owner.application());
    assert!(users.iter().all(|user| user.record.deleted_at.is_some()));
    assert!(users.is_sorted_by_key(|user| user.record.id));
    let events = store.events(owner.application());
    let named: Vec<VendorData> =
        events.into_iter().map(|stored| stored.event.vendor_data).collect();
    assert_eq!(named.get(..3).unwrap(), ["a", "b", "c"].map(vendor_data));
    assert_eq!((named.len(), store.audit_entries(owner.application()).len()), (6, 6));
}

#[test]
fn the_store_is_always_ready() {
    let store = MemoryStore::new(Arc::new(PlainEncoder));
    assert_eq!(run(store.check()), Ok(()));
}
