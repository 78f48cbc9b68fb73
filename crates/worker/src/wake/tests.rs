use std::time::Duration;

use tokio::time::timeout;
use users_domain::ports::MockUserStore;
use users_domain::service::AccessService;

use super::*;

async fn notifies_after(answer: Result<Vec<Result<Written, WriteError>>, StoreError>) -> bool {
    let mut store = MockUserStore::new();
    store.expect_commit().return_once(move |_, _| answer);
    let committed = Wake::default();
    let waking = WakingUserStore::new(Arc::new(store), committed.clone());
    let application = AccessService::DEFAULT_APPLICATION;
    let _ = waking.commit(application, Vec::new()).await;
    timeout(Duration::from_secs(1), committed.notified()).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn no_notification_without_a_change() {
    assert!(!notifies_after(Ok(Vec::new())).await);
    assert!(!notifies_after(Ok(vec![Err(WriteError::Contended)])).await);
    let reason = "simulated by the test".to_owned();
    assert!(!notifies_after(Err(StoreError::Unavailable { reason })).await);
}

#[tokio::test(start_paused = true)]
async fn notifications_before_a_wait_count_as_one() {
    let wake = Wake::default();
    wake.notify();
    wake.notify();
    wake.notified().await;
    assert!(timeout(Duration::from_secs(1), wake.notified()).await.is_err());
}
