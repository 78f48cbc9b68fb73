//! Leases: renewed in time, and respected when they are lost.

use std::time::Duration;

use adapter_webhooks::{DispatcherLimits, LaneRun};
use tokio::time::{Instant, sleep};

use super::fake_lanes::FakeLanes;
use super::fake_sender::{FakeSender, status};
use super::{MS, SECOND, Scene, attempts};

/// Slices that outlast the lease.
fn long_slices() -> DispatcherLimits {
    DispatcherLimits { slice: 3 * 60 * SECOND, ..DispatcherLimits::default() }
}

#[tokio::test(start_paused = true)]
async fn a_hanging_lane_does_not_block_the_release_of_another() {
    let hanging = FakeLanes::url(users_domain::model::webhooks::LaneId::new(1));
    let sender = FakeSender::new(move |webhook, _| {
        let takes = if webhook.url == hanging { 15 * SECOND } else { 10 * MS };
        (takes, status(200))
    });
    let (scene, hangs) = Scene::new(sender).and_a_lane();
    let quick = scene.lanes.add_lane();
    scene.lanes.add_many(hangs, 1);
    scene.lanes.add_many(quick, 1);
    let began = Instant::now();
    let runs = scene.dispatcher.lease().await.unwrap();
    let working: Vec<_> = runs.into_iter().map(|run| tokio::spawn(run.run())).collect();
    while scene.lanes.is_leased(quick) {
        sleep(5 * MS).await;
    }
    scene.lanes.add_many(quick, 1);
    assert_eq!(scene.step().await.delivered, 1);
    assert!(began.elapsed() < SECOND && scene.lanes.is_leased(hangs));
    for run in working {
        run.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn leases_outlasted_by_work_are_renewed_together_in_one_call() {
    let scene = Scene::with_limits(FakeSender::delivering(10 * SECOND), long_slices());
    let lanes = [scene.lanes.add_lane(), scene.lanes.add_lane()];
    for lane in lanes {
        scene.lanes.add_many(lane, 30);
    }
    let report = scene.step().await;
    assert_eq!((report.delivered, report.lost), (60, 0));
    let mut renewed = scene.lanes.state().renewed.clone();
    assert!((1..=15).contains(&renewed.len()), "{renewed:?}");
    // At the end, one of the two lanes may already be released.
    let _ = renewed.pop_if(|last| last.len() == 1);
    for together in &mut renewed {
        together.sort_unstable();
        assert_eq!(*together, lanes);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_under_a_lease_that_is_not_renewed() {
    let (scene, lane) =
        Scene::with_limits(FakeSender::delivering(SECOND), long_slices()).with_due(500);
    scene.lanes.state().renewals_refused = true;
    let began = Instant::now();
    let report = scene.step().await;
    assert!(began.elapsed() <= 9 * SECOND, "{:?}", began.elapsed());
    assert_eq!(report.lost, 0, "no other worker leased it");
    assert!(!scene.lanes.is_leased(lane));
    assert_eq!(scene.lanes.waiting(lane), 500 - report.delivered, "delivered events are settled");
}

/// After the end of the lease another worker may send the same delivery.
#[tokio::test(start_paused = true)]
async fn an_attempt_is_cut_off_when_its_lease_ends() {
    let (scene, lane) = Scene::new(FakeSender::delivering(15 * SECOND)).with_due(1);
    scene.lanes.state().renewals_refused = true;
    let began = Instant::now();
    let report = scene.step().await;
    let lease = DispatcherLimits::default().lease;
    assert!(began.elapsed() < lease, "{:?}", began.elapsed());
    assert_eq!(attempts(&report), 0, "the result is unknown");
    assert_eq!(scene.lanes.waiting(lane), 1);
    assert_eq!(scene.metric("webhook_duplicates_possible_total"), "1");
    assert_eq!(scene.metric("webhook_attempts_in_flight"), "0");

    scene.lanes.state().renewals_refused = false;
    assert_eq!(scene.step().await.delivered, 1, "the delivery is sent again");
}

#[tokio::test(start_paused = true)]
async fn results_are_stored_after_the_lease_if_no_worker_took_over() {
    let (scene, _) = Scene::new(FakeSender::delivering(30 * MS)).with_due(2);
    {
        let mut state = scene.lanes.state();
        state.renewals_fail = true;
        state.failing_settlements = 20;
    }
    let began = Instant::now();
    let meanwhile = async {
        while began.elapsed() < 29 * SECOND {
            sleep(SECOND).await;
            let leased = scene.dispatcher.lease().await.unwrap();
            assert!(leased.is_empty(), "a second lease would send duplicates");
        }
    };
    let (report, ()) = tokio::join!(scene.step(), meanwhile);
    assert!(began.elapsed() > 2 * DispatcherLimits::default().lease);
    assert_eq!((report.delivered, report.lost), (2, 0));
    assert_eq!(scene.sender.seen().bodies.len(), 2);
    assert_eq!(scene.metric("webhook_duplicates_possible_total"), "0");
}

#[tokio::test(start_paused = true)]
async fn a_changed_destination_ends_the_work_without_a_loss() {
    let (scene, lane) = Scene::new(FakeSender::delivering(SECOND)).with_due(100);
    let client = async {
        sleep(2_500 * MS).await;
        scene.lanes.change(lane);
    };
    let (report, ()) = tokio::join!(scene.step(), client);
    assert!((1..20).contains(&report.delivered), "{report:?}");
    assert_eq!(report.lost, 0);
    assert!(!scene.lanes.is_leased(lane), "the next lease sees the change");
    assert_eq!(scene.until_idle().await.delivered, 100 - report.delivered);
    assert_eq!(scene.metric("webhook_lease_losses_total"), "0");
    assert_eq!(scene.metric("webhook_duplicates_possible_total"), "0");
}

/// The dead worker's own counters are lost.
#[tokio::test(start_paused = true)]
async fn attempts_of_a_dead_worker_are_counted_by_the_next_worker() {
    for (waiting, again) in [(1, "1"), (20, "2")] {
        let (scene, lane) = Scene::new(FakeSender::delivering(MS)).and_a_lane();
        scene.lanes.add_many(lane, waiting);
        scene.lanes.lease_to_the_dead(lane, Duration::from_mins(1));
        assert_eq!(scene.step().await.lanes, 0, "the lease holds");
        sleep(Duration::from_mins(1)).await;
        assert_eq!(scene.step().await.delivered, waiting);
        assert_eq!(scene.metric("webhook_lease_losses_total"), "1");
        assert_eq!(scene.metric("webhook_duplicates_possible_total"), again);
    }
}

#[tokio::test(start_paused = true)]
async fn a_released_lane_is_not_taken_over() {
    let (scene, lane) = Scene::new(FakeSender::delivering(MS)).and_a_lane();
    for _ in 0..3 {
        scene.lanes.add_many(lane, 10);
        assert_eq!(scene.step().await.delivered, 10);
    }
    assert_eq!(scene.metric("webhook_lease_losses_total"), "0");
    assert_eq!(scene.metric("webhook_duplicates_possible_total"), "0");
}

#[tokio::test(start_paused = true)]
async fn a_lease_whose_response_was_lost_is_granted_again_at_once() {
    let (scene, lane) = Scene::new(FakeSender::delivering(MS)).with_due(5);
    scene.lanes.state().lease_response_lost = true;
    assert!(scene.dispatcher.lease().await.is_err());
    assert!(scene.lanes.is_leased(lane));
    assert_eq!(scene.step().await.delivered, 5);
    assert_eq!(scene.metric("webhook_lease_losses_total"), "0");
}

#[tokio::test(start_paused = true)]
async fn a_lane_in_work_is_not_leased_again_by_the_same_worker() {
    let (scene, _) = Scene::new(FakeSender::delivering(SECOND)).with_due(5);
    let [run] = scene.dispatcher.lease().await.unwrap().try_into().ok().unwrap();
    let working = tokio::spawn(LaneRun::run(run));
    assert_eq!(scene.step().await.lanes, 0);
    assert_eq!(working.await.unwrap().delivered, 5);
    assert_eq!(scene.sender.seen().bodies.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_lane_taken_by_another_worker_is_left_to_it() {
    let (scene, lane) = Scene::new(FakeSender::delivering(SECOND)).with_due(100);
    let thief = async {
        sleep(2_500 * MS).await;
        scene.lanes.steal(lane);
        scene.lanes.with(lane, |lane| lane.health.successes_at_concurrency = 77);
    };
    let (report, ()) = tokio::join!(scene.step(), thief);
    assert_eq!(report.lost, 1);
    assert!(report.delivered < 20, "{}", report.delivered);
    assert_eq!(scene.lanes.waiting(lane), 100 - report.delivered, "delivered events are settled");
    let health = scene.lanes.with(lane, |lane| lane.health.successes_at_concurrency);
    assert_eq!(health, 77, "the new owner's health stays");
}

#[tokio::test(start_paused = true)]
async fn deliveries_settled_by_another_worker_count_as_possible_duplicates() {
    let (scene, lane) = Scene::new(FakeSender::delivering(SECOND)).with_due(1);
    let other = async {
        sleep(500 * MS).await;
        scene.lanes.steal(lane);
        scene.lanes.forget_waiting(lane);
    };
    tokio::join!(scene.step(), other);
    assert_eq!(scene.metric("webhook_duplicates_possible_total"), "1");
}

#[tokio::test(start_paused = true)]
async fn a_worker_suspended_past_its_lease_begins_nothing() {
    let (scene, _) = Scene::new(FakeSender::delivering(10 * MS)).with_due(5);
    let runs = scene.dispatcher.lease().await.unwrap();
    sleep(Duration::from_mins(2)).await;
    for run in runs {
        let report = run.run().await;
        assert_eq!(attempts(&report), 0);
    }
    assert!(scene.sender.seen().bodies.is_empty());
}
