//! The loop that leases destinations and sends their due events.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::{Dispatcher, LaneRun, StoreOutage, WorkReport};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::poll_backoff::{PollBackoff, Polls};
use super::{Wake, stop_requested};

/// Minimum time between two leases: lanes that become free or due meanwhile share a lease call.
const GATHERING: Duration = Duration::from_millis(5);

/// Leases lanes while there is room and runs each lane in a task. When stopped, leases no more lanes and returns after
/// all lanes are released.
pub(super) async fn run(
    dispatcher: Arc<Dispatcher>,
    due: Wake,
    polls: Polls,
    mut stop: watch::Receiver<bool>,
) {
    let outage = StoreOutage::new("lanes");
    let mut working: JoinSet<WorkReport> = JoinSet::new();
    let mut pace = PollBackoff::new(polls);
    while !*stop.borrow() {
        if dispatcher.has_room() {
            match dispatcher.lease().await {
                Ok(leased) => {
                    outage.answered();
                    if leased.is_empty() {
                        pace.found_nothing();
                    } else {
                        pace.found();
                    }
                    for lane in leased {
                        working.spawn(LaneRun::run(lane));
                    }
                }
                Err(error) => {
                    outage.failed(&error);
                    pace.failed();
                    tokio::select! {
                        () = sleep(pace.wait()) => {}
                        () = stop_requested(&mut stop) => {}
                    }
                }
            }
            sleep(GATHERING).await;
        }
        let more_room = dispatcher.room();
        let has_room = dispatcher.has_room();
        tokio::select! {
            Some(ended) = working.join_next() => log_report(ended),
            () = more_room, if !has_room => {}
            () = due.notified(), if has_room => {}
            () = sleep(pace.wait()), if has_room => {}
            () = stop_requested(&mut stop) => {}
        }
        while let Some(ended) = working.try_join_next() {
            log_report(ended);
        }
    }
    dispatcher.stop();
    while let Some(ended) = working.join_next().await {
        log_report(ended);
    }
}

fn log_report(ended: Result<WorkReport, JoinError>) {
    match ended {
        Ok(report) => tracing::debug!(
            delivered = report.delivered,
            failed = report.failed,
            dead_lettered = report.dead_lettered,
            "worked on a webhook destination"
        ),
        Err(error) => {
            tracing::error!(%error, "work on a webhook destination ended: it waits for its lease");
        }
    }
}

#[cfg(test)]
mod tests {
    use adapter_webhooks::{DeliveryMetrics, DispatcherLimits, DispatcherPorts};
    use tokio::time::Instant;
    use users_domain::model::WorkerId;
    use users_domain::ports::{
        Entropy, MockLaneStore, MockSecretVault, MockWebhookSender, StoreError,
    };
    use uuid::Uuid;

    use super::*;

    struct NoEntropy;

    impl Entropy for NoEntropy {
        fn seed(&self) -> [u8; 32] {
            [0; 32]
        }
    }

    const POLLS: Polls = Polls {
        shortest: Duration::from_millis(20),
        longest: Duration::from_millis(250),
    };

    fn dispatcher(lanes: MockLaneStore) -> Arc<Dispatcher> {
        let ports = DispatcherPorts {
            lanes: Arc::new(lanes),
            sender: Arc::new(MockWebhookSender::new()),
            vault: Arc::new(MockSecretVault::new()),
            entropy: Arc::new(NoEntropy),
        };
        let worker = WorkerId::new(Uuid::nil());
        let limits = DispatcherLimits::default();
        Arc::new(Dispatcher::new(
            ports,
            worker,
            limits,
            DeliveryMetrics::default(),
        ))
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
        let stopped = stop.subscribe();
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
        let stopped = stop.subscribe();
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
}
