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
    assert!(readiness.check().await.is_err(), "the stored result is not used after the stop");
}
