use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use users_domain::ports::{MockRecoveryStore, StoreError};

use super::*;

#[tokio::test(start_paused = true)]
async fn portions_follow_each_other_and_notify_until_none_is_left() {
    let mut store = MockRecoveryStore::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    store.expect_advance().returning(move |limit| {
        assert_eq!(limit, PORTION);
        match counted.fetch_add(1, Ordering::SeqCst) {
            0 => Err(StoreError::Unavailable { reason: "simulated by the test".to_owned() }),
            1..=3 => Ok(limit),
            _ => Ok(0),
        }
    });
    let (due, stop) = (Wake::default(), watch::Sender::new(false));
    let running = tokio::spawn(run(Arc::new(store), due.clone(), Stop::new(stop.subscribe())));
    let began = Instant::now();
    for _ in 1..=3 {
        due.notified().await;
    }
    assert!(began.elapsed() < Duration::from_secs(1));
    sleep(Duration::from_mins(1)).await;
    stop.send_replace(true);
    running.await.unwrap();
    let calls = calls.load(Ordering::SeqCst);
    assert!((30..=45).contains(&calls), "{calls}");
}
