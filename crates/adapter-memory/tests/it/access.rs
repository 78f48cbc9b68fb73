//! Applications and keys.

use std::sync::Arc;

use adapter_memory::MemoryStore;
use testkit::PlainEncoder;
use testkit::conformance::AccessSubject;

async fn subject() -> AccessSubject {
    let store = Arc::new(MemoryStore::new(Arc::new(PlainEncoder)));
    AccessSubject {
        applications: store.clone(),
        keys: store,
    }
}

testkit::application_store_conformance!(subject);
testkit::key_store_conformance!(subject);
