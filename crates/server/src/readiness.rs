//! Readiness of the service, which ends when the service begins to stop. Frequent or concurrent checks share one query
//! to the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::time::Instant;
use users_domain::ports::{Readiness, StoreError};

/// How long a result is reused.
const KEPT_FOR: Duration = Duration::from_millis(250);

/// The readiness of the store, until the service stops.
pub(crate) struct StoppingReadiness {
    store: Arc<dyn Readiness>,
    stopping: AtomicBool,
    answered: Mutex<Option<(Instant, Result<(), StoreError>)>>,
}

impl StoppingReadiness {
    pub(crate) fn new(store: Arc<dyn Readiness>) -> Self {
        Self { store, stopping: AtomicBool::new(false), answered: Mutex::default() }
    }

    /// Reports not ready from now on, so that load balancers send no more requests.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

#[async_trait]
impl Readiness for StoppingReadiness {
    async fn check(&self) -> Result<(), StoreError> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable { reason: "the service is stopping".to_owned() });
        }
        let mut answered = self.answered.lock().await;
        if let Some((at, answer)) = &*answered
            && at.elapsed() < KEPT_FOR
        {
            return answer.clone();
        }
        let answer = self.store.check().await;
        *answered = Some((Instant::now(), answer.clone()));
        answer
    }
}

#[cfg(test)]
mod tests;
