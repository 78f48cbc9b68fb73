//! Storing the results of attempts.

use std::sync::Arc;
use std::time::Duration;

use adapter_webhooks::DispatcherLimits;
use tokio::time::{Instant, sleep};

use super::fake_sender::{FakeSender, status};
use super::{MS, SECOND, Scene};

#[tokio::test(start_paused = true)]
async fn attempts_are_stored_in_batches_and_only_the_last_releases() {
    let (scene, _) = Scene::new(FakeSender::delivering(MS)).with_due(400);
    assert_eq!(scene.step().await.delivered, 400);
    let batches = scene.lanes.batches();
    assert!(batches.len() <= 20, "{batches:?}");
    assert!(batches.iter().all(|many| *many <= 64 + 8), "{batches:?}");
    let state = scene.lanes.state();
    let (last, others) = state.settled.split_last().unwrap();
    assert!(last.settlement.release);
    assert!(others.iter().all(|settled| !settled.settlement.release));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_waits_briefly_for_others_but_not_for_the_slowest() {
    let sender = FakeSender::new(|webhook, _| {
        let slow = webhook.body == "user-0";
        (if slow { 10 * SECOND } else { 5 * MS }, status(200))
    });
    let (scene, _) = Scene::new(sender).with_due(2);
    scene.step().await;
    let state = scene.lanes.state();
    let [fast, slow] = state.settled.as_slice() else {
        panic!("{} settlements", state.settled.len())
    };
    assert!(fast.after < 100 * MS, "{:?}", fast.after);
    assert!(slow.after >= 10 * SECOND, "{:?}", slow.after);
}

#[tokio::test(start_paused = true)]
async fn sending_continues_during_a_write_up_to_a_limit() {
    let (scene, _) = Scene::new(FakeSender::delivering(MS)).with_due(1_000);
    scene.lanes.state().settling_takes = 2 * SECOND;
    let while_writing = async {
        sleep(1_500 * MS).await;
        assert!(scene.lanes.batches().is_empty(), "nothing is written yet");
        let sent = scene.sender.seen().bodies.len();
        assert!((65..=2 * 64 + 8).contains(&sent), "{sent}");
    };
    tokio::join!(scene.step(), while_writing);
}

#[tokio::test(start_paused = true)]
async fn a_recovered_store_receives_each_result_once() {
    let (scene, lane) = Scene::new(FakeSender::delivering(30 * MS)).with_due(40);
    scene.lanes.state().failing_settlements = 4;
    let report = scene.step().await;
    assert_eq!((report.delivered, report.lost), (40, 0));
    assert_eq!(scene.lanes.waiting(lane), 0);
    assert_eq!(scene.sender.seen().bodies.len(), 40);
    assert_eq!(scene.metric("webhook_duplicates_possible_total"), "0");
}

#[tokio::test(start_paused = true)]
async fn nothing_new_is_sent_while_the_store_is_unavailable() {
    let (scene, _) = Scene::new(FakeSender::delivering(30 * MS)).with_due(40);
    scene.lanes.state().failing_settlements = 4;
    let while_away = async {
        sleep(200 * MS).await;
        let sent = scene.sender.seen().bodies.len();
        sleep(200 * MS).await;
        assert_eq!(scene.sender.seen().bodies.len(), sent);
        assert!(sent < 40, "{sent}");
    };
    tokio::join!(scene.step(), while_away);
}

#[tokio::test(start_paused = true)]
async fn settling_gives_up_after_a_minute() {
    let (scene, _) = Scene::new(FakeSender::delivering(30 * MS)).with_due(2);
    scene.lanes.state().failing_settlements = usize::MAX;
    let began = Instant::now();
    let report = scene.step().await;
    assert_eq!((report.delivered, report.lost), (2, 1));
    assert!(began.elapsed() <= Duration::from_mins(1), "{:?}", began.elapsed());
    assert_eq!(scene.metric("webhook_duplicates_possible_total"), "2");

    scene.lanes.state().failing_settlements = 0;
    assert_eq!(scene.step().await.lanes, 0, "the lease has not expired");
    sleep(Duration::from_mins(1)).await;
    assert_eq!(scene.step().await.delivered, 2, "they are sent again");
    assert_eq!(scene.metric("webhook_lease_losses_total"), "1");
}

#[tokio::test(start_paused = true)]
async fn stop_finishes_attempts_in_flight_and_releases_the_lane() {
    let scene = Scene::new(FakeSender::delivering(SECOND));
    let lane = scene.lanes.add_lane();
    scene.lanes.add_many(lane, 20);
    let dispatcher = Arc::clone(&scene.dispatcher);
    let stop = async move {
        sleep(500 * MS).await;
        dispatcher.stop();
    };
    let (report, ()) = tokio::join!(scene.step(), stop);
    assert_eq!(report.delivered, 2, "only the attempts in flight");
    assert_eq!(scene.lanes.waiting(lane), 18);
    assert!(!scene.lanes.is_leased(lane));
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_never_empties_is_released_after_its_slice() {
    let limits = DispatcherLimits { slice: 2 * SECOND, ..DispatcherLimits::default() };
    let (scene, lane) = Scene::with_limits(FakeSender::delivering(SECOND), limits).with_due(500);
    let began = Instant::now();
    scene.step().await;
    assert!(began.elapsed() <= 4 * SECOND, "{:?}", began.elapsed());
    assert!(!scene.lanes.is_leased(lane) && scene.lanes.waiting(lane) > 400);
    assert_eq!(scene.step().await.lanes, 1, "the remaining deliveries are still due");
}
