//! Destinations that fail, ask for a pause, are gone, or cannot be signed for.

use std::time::Duration;

use adapter_webhooks::DispatcherLimits;
use users_domain::model::webhooks::{
    Answer, Breaker, DisabledReason, NextStep, RetryAfter, TransportError,
};

use super::fake_sender::{FakeSender, status};
use super::{MS, SECOND, Scene};

const REFUSED: Answer = Answer::Nothing {
    error: TransportError::NotConnected,
    code: None,
};

#[tokio::test(start_paused = true)]
async fn a_dead_receiver_is_left_alone_and_its_events_are_not_charged() {
    let (scene, lane) = Scene::new(FakeSender::new(|_, _| (10 * MS, REFUSED))).and_a_lane();
    scene.lanes.add_many(lane, 100);
    let report = scene.step().await;
    assert!((5..=6).contains(&report.failed), "{report:?}");
    let state = scene.lanes.state();
    let last = &state.settled.last().unwrap().settlement;
    assert!(last.release && last.not_before.is_some());
    assert!(matches!(
        last.health.breaker,
        Breaker::Open { openings: 1, .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_is_open_lets_nothing_through() {
    let (scene, lane) = Scene::new(FakeSender::delivering(10 * MS)).and_a_lane();
    scene.lanes.add_many(lane, 3);
    let until = scene.lanes.database_now().plus_millis(30_000);
    scene.lanes.with(lane, |lane| {
        lane.health.breaker = Breaker::Open { until, openings: 2 };
    });
    assert_eq!(scene.step().await.attempts(), 0);
    let state = scene.lanes.state();
    assert_eq!(state.settled[0].settlement.not_before, Some(until));
}

#[tokio::test(start_paused = true)]
async fn a_breaker_whose_time_is_over_lets_one_probe_through_first() {
    let (scene, lane) = Scene::new(FakeSender::delivering(SECOND)).and_a_lane();
    scene.lanes.add_many(lane, 10);
    let until = scene.lanes.database_now();
    scene.lanes.with(lane, |lane| {
        lane.health.breaker = Breaker::Open { until, openings: 2 };
    });
    let during_the_probe = async {
        tokio::time::sleep(900 * MS).await;
        assert_eq!(scene.sender.seen().bodies.len(), 1);
    };
    let (report, ()) = tokio::join!(scene.step(), during_the_probe);
    assert_eq!(report.delivered, 10);
    let health = scene.lanes.with(lane, |lane| lane.health.clone());
    assert_eq!(health.breaker, Breaker::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_asks_for_a_pause_gets_it() {
    let sender = FakeSender::new(|_, _| {
        let answer = Answer::Status {
            code: 429,
            retry_after: Some(RetryAfter::In(Duration::from_secs(30))),
        };
        (MS, answer)
    });
    let (scene, lane) = Scene::new(sender).and_a_lane();
    scene.lanes.add_many(lane, 10);
    let report = scene.step().await;
    assert!(report.failed <= 2, "{report:?}");
    let state = scene.lanes.state();
    let not_before = state.settled.last().unwrap().settlement.not_before.unwrap();
    let pause = not_before.unix_micros() - testkit::base_time().unix_micros();
    assert!((30_000_000..=31_000_000).contains(&pause), "{pause}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_ends_while_the_lane_is_given_back_lets_nothing_begin() {
    // The renewal wakes the lane after the pause and before the store has answered.
    let limits = DispatcherLimits {
        lease: 40 * SECOND,
        slice: 60 * SECOND,
        ..DispatcherLimits::default()
    };
    let sender = FakeSender::delivering(15 * SECOND);
    let (scene, lane) = Scene::with_limits(sender, limits).and_a_lane();
    scene.lanes.add_many(lane, 3);
    let until = scene.lanes.database_now().plus_millis(2_000);
    scene
        .lanes
        .with(lane, |lane| lane.health.paused_until = Some(until));
    scene.lanes.state().settling_takes = 25 * SECOND;
    let report = scene.step().await;
    assert_eq!(scene.lanes.state().renewed.len(), 1);
    assert_eq!((report.attempts(), report.lost), (0, 0));
    assert!(scene.sender.seen().bodies.is_empty(), "one was cut off");

    assert_eq!(scene.step().await.delivered, 3, "they are sent later");
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_gone_is_turned_off_once() {
    let (scene, lane) = Scene::new(FakeSender::new(|_, _| (MS, status(410)))).and_a_lane();
    scene.lanes.add_many(lane, 10);
    let report = scene.step().await;
    assert!(report.failed <= 2, "{report:?}");
    assert_eq!(scene.lanes.turned_off(), [DisabledReason::Gone]);
    assert_eq!(scene.step().await.lanes, 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_erased_is_put_aside_without_being_sent() {
    let (scene, lane) = Scene::new(FakeSender::delivering(10 * MS)).and_a_lane();
    scene.lanes.add(lane, "gone", None);
    scene.lanes.add(lane, "gone", Some("after"));
    let report = scene.until_idle().await;
    assert_eq!((report.delivered, report.dead_lettered), (1, 1));
    assert_eq!(scene.sender.seen().bodies, ["after"]);
    assert_eq!(scene.metric("webhook_dead_letters_total"), "1");
    let state = scene.lanes.state();
    let erased = &state.settled[0].settlement.attempts[0];
    assert_eq!(
        erased.answer.transport_error(),
        Some(TransportError::Erased)
    );
    assert_eq!(erased.next, NextStep::DeadLetter);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_unless_every_secret_opens() {
    let (scene, lane) = Scene::new(FakeSender::delivering(10 * MS)).and_a_lane();
    scene.lanes.add_many(lane, 2);
    scene.lanes.with(lane, |lane| lane.sealed = true);
    assert_eq!(scene.step().await.failed, 2);
    assert!(scene.sender.seen().bodies.is_empty());
    let state = scene.lanes.state();
    let attempt = &state.settled[0].settlement.attempts[0];
    assert_eq!(
        attempt.answer.transport_error(),
        Some(TransportError::SecretsSealed)
    );
}
