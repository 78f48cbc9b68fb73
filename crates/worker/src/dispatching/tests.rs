use adapter_webhooks::{DeliveryMetrics, DispatcherLimits, DispatcherPorts};
use testkit::CountingEntropy;
use tokio::sync::watch;
use tokio::time::Instant;
use users_domain::model::WorkerId;
use users_domain::ports::{MockLaneStore, MockSecretVault, MockWebhookSender, StoreError};
use uuid::Uuid;

use super::*;

const POLLS: Polls =
    Polls { shortest: Duration::from_millis(20), longest: Duration::from_millis(250) };

fn dispatcher(lanes: MockLaneStore) -> Arc<Dispatcher> {
    let ports = DispatcherPorts {
        lanes: Arc::new(lanes),
        sender: Arc::new(MockWebhookSender::new()),
        vault: Arc::new(MockSecretVault::new()),
        entropy: Arc::new(CountingEntropy::default()),
    };
    let worker = WorkerId::new(Uuid::nil());
    let limits = DispatcherLimits::default();
    Arc::new(Dispatcher::new(ports, worker, limits, DeliveryMetrics::default()))
}

#[tokio::test(start_paused = true)]
async fn idle_lanes_are_polled_slowly_and_at_once_after_a_wake() {
    let (calls, mut leases) = tokio::sync::mpsc::unbounded_channel();
    let mut lanes = MockLaneStore::new();
    lanes.expect_lease().returning(move |request| {
        calls.send((Instant::now(), request.lanes)).unwrap();
        Ok(Vec::new())
    });
    let (due, stop) = (Wake::default(), watch::Sender::new(false));
    let stopped = Stop::new(stop.subscribe());
    let running = tokio::spawn(run(dispatcher(lanes), due.clone(), POLLS, stopped));
    sleep(Duration::from_secs(10)).await;
    let mut count = 0;
    while let Ok((_, lanes)) = leases.try_recv() {
        assert_eq!(lanes, 24, "half of the free lanes");
        count += 1;
    }
    assert!((35..=48).contains(&count), "{count}");

    let woken = Instant::now();
    due.notify();
    let (at, _) = leases.recv().await.unwrap();
    assert!(at - woken <= GATHERING, "{:?}", at - woken);
    stop.send_replace(true);
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_unavailable_store_is_polled_rarely_and_does_not_delay_the_stop() {
    let (calls, mut leases) = tokio::sync::mpsc::unbounded_channel();
    let mut lanes = MockLaneStore::new();
    lanes.expect_lease().returning(move |_| {
        calls.send(()).unwrap();
        let reason = "simulated by the test".to_owned();
        Err(StoreError::Unavailable { reason })
    });
    let (due, stop) = (Wake::default(), watch::Sender::new(false));
    let stopped = Stop::new(stop.subscribe());
    let running = tokio::spawn(run(dispatcher(lanes), due.clone(), POLLS, stopped));
    for _ in 0..6_000 {
        due.notify();
        sleep(Duration::from_millis(10)).await;
    }
    let mut count = 0;
    while leases.try_recv().is_ok() {
        count += 1;
    }
    assert!((10..=40).contains(&count), "{count}");
    let stopping = Instant::now();
    stop.send_replace(true);
    running.await.unwrap();
    assert!(stopping.elapsed() <= GATHERING);
}
