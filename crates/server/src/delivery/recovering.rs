//! The loop that turns dead letters back into deliveries at a client's request.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::StoreOutage;
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::ports::RecoveryStore;

use super::poll_backoff::{PollBackoff, Polls};
use super::{Wake, stop_requested};

/// Maximum number of dead letters recovered per transaction.
const PORTION: usize = 200;

/// Slower than delivery, as recoveries are not urgent.
const POLLS: Polls = Polls {
    shortest: Duration::from_millis(100),
    longest: Duration::from_secs(2),
};

/// Advances recoveries portion by portion, and notifies `due` when deliveries became due.
pub(super) async fn run(
    recoveries: Arc<dyn RecoveryStore>,
    due: Wake,
    mut stop: watch::Receiver<bool>,
) {
    let outage = StoreOutage::new("recoveries");
    let mut pace = PollBackoff::new(POLLS);
    while !*stop.borrow() {
        match recoveries.advance(PORTION).await {
            Ok(count) => {
                outage.answered();
                if count > 0 {
                    due.notify();
                    pace.found();
                } else {
                    pace.found_nothing();
                }
            }
            Err(error) => {
                outage.failed(&error);
                pace.failed();
            }
        }
        tokio::select! {
            () = sleep(pace.wait()) => {}
            () = stop_requested(&mut stop) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::Instant;
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
                0 => Err(StoreError::Unavailable {
                    reason: "simulated by the test".to_owned(),
                }),
                1..=3 => Ok(limit),
                _ => Ok(0),
            }
        });
        let (due, stop) = (Wake::default(), watch::Sender::new(false));
        let running = tokio::spawn(run(Arc::new(store), due.clone(), stop.subscribe()));
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
}
