//! Order and concurrency of sending.

use adapter_webhooks::DispatcherLimits;
use users_domain::model::webhooks::{NextStep, TransportError};

use super::fake_sender::{FakeSender, status};
use super::{MS, SECOND, Scene};

#[tokio::test(start_paused = true)]
async fn due_deliveries_are_sent_and_the_lane_is_released() {
    let (scene, lane) = Scene::new(FakeSender::delivering(50 * MS)).with_due(3);
    let report = scene.step().await;
    assert_eq!((report.lanes, report.delivered), (1, 3));
    assert_eq!(scene.lanes.waiting(lane), 0);
    assert!(!scene.lanes.is_leased(lane));
    assert_eq!(scene.step().await.lanes, 0, "an empty lane is not leased");

    assert_eq!(scene.metric("webhook_attempts_total{outcome=\"delivered\"}"), "3");
    assert_eq!(scene.metric("webhook_lag_seconds_count"), "3");
    assert_eq!(scene.metric("webhook_attempts_in_flight"), "0");
}

#[tokio::test(start_paused = true)]
async fn one_event_takes_one_lease_and_one_settlement() {
    let (scene, _) = Scene::new(FakeSender::delivering(50 * MS)).with_due(1);
    scene.step().await;
    let state = scene.lanes.state();
    assert_eq!(state.reads, 0);
    assert_eq!(state.settled.len(), 1);
    assert!(state.settled[0].settlement.release);
}

#[tokio::test(start_paused = true)]
async fn events_of_one_user_are_ordered_and_users_are_independent() {
    let sender = FakeSender::new(|webhook, _| {
        let slow = webhook.body.starts_with("ada");
        (if slow { SECOND } else { 10 * MS }, status(204))
    });
    let (scene, lane) = Scene::new(sender).and_a_lane();
    for number in 0..5 {
        for user in ["ada", "bob"] {
            let body = format!("{user} {number}");
            scene.lanes.add(lane, user, Some(&body));
        }
    }
    assert_eq!(scene.until_idle().await.delivered, 10);
    let seen = scene.sender.seen();
    for user in ["ada", "bob"] {
        let order = seen.bodies.iter().filter(|body| body.starts_with(user));
        assert!(order.is_sorted(), "{:?}", seen.bodies);
    }
    let place = |body: &str| seen.bodies.iter().position(|sent| sent == body).unwrap();
    assert!(place("bob 4") < place("ada 2"), "{:?}", seen.bodies);
}

#[tokio::test(start_paused = true)]
async fn concurrency_grows_with_success_up_to_the_limit() {
    let (scene, lane) = Scene::new(FakeSender::delivering(100 * MS)).with_due(300);
    let before = scene.lanes.with(lane, |lane| lane.health.concurrency);
    scene.until_idle().await;
    let most = scene.sender.seen().most;
    assert!(most > usize::try_from(before).unwrap() && most <= 8, "{most}");
}

#[tokio::test(start_paused = true)]
async fn the_process_limit_applies_to_all_destinations_together() {
    let limits = DispatcherLimits { in_flight: 3, ..DispatcherLimits::default() };
    let scene = Scene::with_limits(FakeSender::delivering(100 * MS), limits);
    for application in 0..10 {
        let lane = scene.lanes.add_lane_of(application);
        scene.lanes.add_many(lane, 5);
    }
    assert_eq!(scene.until_idle().await.delivered, 50);
    assert_eq!(scene.sender.seen().most, 3);
}

#[tokio::test(start_paused = true)]
async fn a_long_queue_is_read_in_portions_and_nothing_is_sent_twice() {
    let limits = DispatcherLimits { batch: 16, ..DispatcherLimits::default() };
    let (scene, _) = Scene::with_limits(FakeSender::delivering(5 * MS), limits).with_due(200);
    assert_eq!(scene.step().await.delivered, 200, "within one lease");
    let mut bodies = scene.sender.seen().bodies.clone();
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!(bodies.len(), 200);
    assert_eq!(scene.metric("webhook_duplicates_possible_total"), "0");
}

#[tokio::test(start_paused = true)]
async fn deliveries_due_during_work_are_sent_under_the_same_lease() {
    let (scene, lane) = Scene::new(FakeSender::delivering(200 * MS)).with_due(10);
    let later = async {
        tokio::time::sleep(300 * MS).await;
        scene.lanes.add(lane, "late", Some("late"));
    };
    let (report, ()) = tokio::join!(scene.step(), later);
    assert_eq!(report.delivered, 11);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_attempt_does_not_delay_events_of_other_users() {
    let sender = FakeSender::new(|webhook, _| {
        let hangs = webhook.body == "ada";
        (if hangs { 9 * SECOND } else { 10 * MS }, status(204))
    });
    let (scene, lane) = Scene::new(sender).and_a_lane();
    scene.lanes.add(lane, "ada", Some("ada"));
    let later = async {
        tokio::time::sleep(SECOND).await;
        scene.lanes.add(lane, "bob", Some("bob"));
        tokio::time::sleep(SECOND).await;
        let seen = scene.sender.seen();
        assert_eq!(seen.bodies, ["ada", "bob"]);
        assert_eq!(seen.under_way, ["ada"], "bob's is already delivered");
    };
    let (report, ()) = tokio::join!(scene.step(), later);
    assert_eq!(report.delivered, 2);
    let reads = scene.lanes.state().reads;
    assert!((4..=40).contains(&reads), "{reads} reads in 9 seconds");
}

#[tokio::test(start_paused = true)]
async fn a_lane_without_room_is_not_read_repeatedly() {
    let (scene, _) = Scene::new(FakeSender::delivering(9 * SECOND)).with_due(2);
    assert_eq!(scene.step().await.delivered, 2);
    let reads = scene.lanes.state().reads;
    assert!(reads <= 1, "{reads} reads");
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_retried_on_schedule() {
    let sender = FakeSender::new(|_, number| (MS, status(if number == 0 { 500 } else { 200 })));
    let (scene, _) = Scene::new(sender).with_due(1);
    assert_eq!(scene.step().await.failed, 1);
    assert_eq!(scene.step().await.lanes, 0, "the retry is not due yet");
    tokio::time::sleep(6 * SECOND + 100 * MS).await;
    assert_eq!(scene.step().await.delivered, 1);

    let state = scene.lanes.state();
    let attempts: Vec<_> =
        state.settled.iter().flat_map(|settled| &settled.settlement.attempts).collect();
    let [first, second] = attempts.as_slice() else { panic!("{} attempts", attempts.len()) };
    assert_eq!((first.delivery.attempt_number(), second.delivery.attempt_number()), (1, 2));
    assert_ne!(first.id, second.id);
    assert!(
        matches!(first.next, NextStep::Retry { after } if after >= 5 * SECOND && after <= 6 * SECOND)
    );
}

#[tokio::test(start_paused = true)]
async fn a_sender_that_panics_or_hangs_counts_as_a_failure() {
    let sender = FakeSender::new(|webhook, _| {
        assert!(webhook.body != "user-0", "the sender panics");
        (3_600 * SECOND, status(200))
    });
    let (scene, _) = Scene::new(sender).with_due(2);
    assert_eq!(scene.step().await.failed, 2);
    let state = scene.lanes.state();
    let attempts = state.settled.iter().flat_map(|settled| &settled.settlement.attempts);
    let errors: Vec<_> =
        attempts.map(|attempt| attempt.answer.transport_error().unwrap()).collect();
    assert_eq!(errors, [TransportError::Broken, TransportError::TimedOut]);
}
