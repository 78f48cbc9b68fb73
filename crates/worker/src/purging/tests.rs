use std::sync::Mutex;

use testkit::{CountingEntropy, FixedClock};
use tokio::sync::watch;
use tokio::time::sleep;
use users_domain::model::{PurgeReceipt, PurgeRunId, PurgedUsers, Timestamp};
use users_domain::ports::{MockApplicationStore, MockPurgeStore};
use users_domain::service::PurgePace;

use super::*;

fn receipt(id: PurgeRunId) -> PurgeReceipt {
    PurgeReceipt {
        id,
        started_at: Timestamp::UNIX_EPOCH,
        finished_at: None,
        purged: PurgedUsers::default(),
        deleted_between: None,
        ids_sha256: [0; 32],
    }
}

#[tokio::test(start_paused = true)]
async fn runs_start_once_per_period_and_soon_after_a_failed_run() {
    // The numbers of begun and of finished runs.
    let counts = Arc::new(Mutex::new((0, 0)));
    let (begun, finished) = (Arc::clone(&counts), Arc::clone(&counts));
    let mut store = MockPurgeStore::new();
    store.expect_begin().returning(move |id| {
        let mut counts = begun.lock().unwrap();
        counts.0 += 1;
        match counts.0 {
            1 => Err(StoreError::Unavailable { reason: "simulated by the test".to_owned() }),
            // Another process is purging.
            2 => Ok(None),
            _ => Ok(Some(receipt(id))),
        }
    });
    store.expect_finish().returning(move |id| {
        finished.lock().unwrap().1 += 1;
        Ok(Some(receipt(id)))
    });
    let mut applications = MockApplicationStore::new();
    applications.expect_list().returning(|| Ok(Vec::new()));
    let pace = PurgePace { most_users: 1, target_millis: 1 };
    let service = PurgeService::new(
        Arc::new(store),
        Arc::new(applications),
        Arc::new(FixedClock::default()),
        Arc::new(CountingEntropy::default()),
        pace,
    );
    let period = Duration::from_hours(1);
    let parts = PurgeParts { service: Arc::new(service), metrics: PurgeMetrics::default(), period };
    let stop = watch::Sender::new(false);
    let running = tokio::spawn(run(parts, Stop::new(stop.subscribe())));
    // Two failed runs, a successful one, and another one a period later.
    sleep(SOON * 2 + period + SOON).await;
    stop.send_replace(true);
    running.await.unwrap();
    assert_eq!(*counts.lock().unwrap(), (4, 2));
}
