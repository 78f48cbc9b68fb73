//! Applications and keys.

use std::sync::Arc;

use adapter_memory::MemoryStore;
use async_trait::async_trait;
use testkit::PlainEncoder;
use testkit::conformance::{AccessSubject, AuditRow, InspectAccess};
use users_domain::model::ApplicationId;

async fn subject() -> AccessSubject {
    let store = Arc::new(MemoryStore::new(Arc::new(PlainEncoder)));
    AccessSubject {
        applications: store.clone(),
        keys: store.clone(),
        audit: Arc::new(Inside(store)),
    }
}

struct Inside(Arc<MemoryStore>);

#[async_trait]
impl InspectAccess for Inside {
    async fn audit_entries(&self, application: ApplicationId) -> Vec<AuditRow> {
        let entries = self.0.audit_entries(application);
        let about_it = entries.iter().filter(|entry| entry.header.user.is_none());
        about_it.map(AuditRow::of).collect()
    }
}

testkit::conformance!(applications, subject);
testkit::conformance!(keys, subject);
