//! Readiness that ends when the service begins to stop, while it still answers requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use users_domain::ports::{Readiness, StoreError};

/// That of the store, until the service stops.
pub struct StoppingReadiness {
    store: Arc<dyn Readiness>,
    stopping: AtomicBool,
}

impl StoppingReadiness {
    pub(crate) fn new(store: Arc<dyn Readiness>) -> Self {
        Self {
            store,
            stopping: AtomicBool::new(false),
        }
    }

    /// From now on load balancers are to send their requests elsewhere.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Readiness for StoppingReadiness {
    async fn check(&self) -> Result<(), StoreError> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable {
                reason: "the service is stopping".to_owned(),
            });
        }
        self.store.check().await
    }
}
