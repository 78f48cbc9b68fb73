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
pub struct StoppingReadiness {
    store: Arc<dyn Readiness>,
    stopping: AtomicBool,
    answered: Mutex<Option<(Instant, Result<(), StoreError>)>>,
}

impl StoppingReadiness {
    pub(crate) fn new(store: Arc<dyn Readiness>) -> Self {
        Self {
            store,
            stopping: AtomicBool::new(false),
            answered: Mutex::default(),
        }
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
            return Err(StoreError::Unavailable {
                reason: "the service is stopping".to_owned(),
            });
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
mod tests {
    use std::sync::atomic::AtomicUsize;

    use tokio::join;
    use tokio::time::sleep;

    use super::*;

    /// Takes a second for each check.
    #[derive(Default)]
    struct Slow(AtomicUsize);

    #[async_trait]
    impl Readiness for Slow {
        async fn check(&self) -> Result<(), StoreError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            sleep(Duration::from_secs(1)).await;
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn concurrent_and_frequent_checks_share_one_query() {
        let store = Arc::new(Slow::default());
        let readiness = StoppingReadiness::new(Arc::clone(&store) as _);
        let checks = || store.0.load(Ordering::Relaxed);
        let all = join!(readiness.check(), readiness.check(), readiness.check());
        assert_eq!(all, (Ok(()), Ok(()), Ok(())));
        assert_eq!(checks(), 1);
        sleep(KEPT_FOR).await;
        assert_eq!(readiness.check().await, Ok(()));
        assert_eq!(checks(), 2);
        readiness.stop();
        assert!(
            readiness.check().await.is_err(),
            "the stored result is not used after the stop"
        );
    }
}
