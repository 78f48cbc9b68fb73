//! The destinations in memory of `testkit`, with the applications of this store.

use std::sync::Arc;

use adapter_memory::MemoryStore;
use testkit::conformance::WebhookSubject;
use testkit::{FixedClock, MemoryWebhooks, PlainEncoder};

async fn subject() -> WebhookSubject {
    let applications = Arc::new(MemoryStore::new(Arc::new(PlainEncoder)));
    let clock = Arc::new(FixedClock::default());
    let webhooks = Arc::new(MemoryWebhooks::new(applications.clone(), clock));
    WebhookSubject {
        applications,
        destinations: webhooks.clone(),
        attempts: webhooks.clone(),
        recoveries: webhooks.clone(),
        queue: webhooks,
    }
}

testkit::conformance!(destinations, subject);
testkit::conformance!(attempts, subject);
testkit::conformance!(recoveries, subject);
