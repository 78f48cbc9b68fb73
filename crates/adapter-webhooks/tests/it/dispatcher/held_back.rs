//! Destinations that fail, ask for a pause, are gone, or cannot be signed for.

use std::time::Duration;

use adapter_webhooks::DispatcherLimits;
use tokio::time::sleep;
use users_domain::model::webhooks::{
    Answer, Breaker, DisabledReason, LaneId, NextStep, RetryAfter, TransportError,
};
use users_domain::rules::webhooks::health::healthy;

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

/// Another process may have the key that this one lacks, and has the destination as it was.
#[tokio::test(start_paused = true)]
async fn nothing_is_sent_or_charged_unless_every_secret_opens() {
    let (scene, lane) = Scene::new(FakeSender::delivering(10 * MS)).and_a_lane();
    scene.lanes.add_many(lane, 20);
    scene.lanes.with(lane, |lane| lane.sealed = true);
    for rounds in 1..=6 {
        let report = scene.step().await;
        assert_eq!((report.lanes, report.attempts()), (1, 0), "{rounds}");
        given_back_untried(&scene, lane, 10 * SECOND);
        assert_eq!(scene.step().await.lanes, 0, "it is left alone for a while");
        sleep(10 * SECOND + MS).await;
    }
    assert!(scene.sender.seen().bodies.is_empty());
    let sealed = scene.metric("webhook_put_off_total{reason=\"secrets_sealed\"}");
    assert_eq!(sealed, "6");

    scene.lanes.with(lane, |lane| lane.sealed = false);
    assert_eq!(scene.step().await.delivered, 20);
}

#[tokio::test(start_paused = true)]
async fn what_finds_no_place_to_look_its_name_up_is_tried_again_soon_and_not_charged() {
    let sender = FakeSender::delivering(10 * MS).has_no_place_for(12);
    let (scene, lane) = Scene::new(sender).and_a_lane();
    scene.lanes.add_many(lane, 20);
    let (mut rounds, mut delivered) = (0, 0);
    while delivered == 0 {
        let report = scene.step().await;
        assert_eq!(report.failed, 0);
        delivered = report.delivered;
        if delivered == 0 {
            rounds += 1;
            given_back_untried(&scene, lane, SECOND);
            sleep(SECOND + MS).await;
        }
    }
    assert_eq!((rounds, delivered), (6, 20), "two at once find no place");
    let put_off = scene.metric("webhook_put_off_total{reason=\"no_place_to_look_up\"}");
    assert_eq!(put_off, "6");
}

/// Nothing is held against the destination but a pause.
fn given_back_untried(scene: &Scene, lane: LaneId, pause: Duration) {
    assert_eq!(scene.lanes.waiting(lane), 20);
    assert!(!scene.lanes.is_leased(lane));
    let now = scene.lanes.database_now();
    let state = scene.lanes.state();
    let last = &state.settled.last().unwrap().settlement;
    assert!(last.attempts.is_empty());
    assert_eq!(last.health, healthy());
    let not_before = last.not_before.unwrap();
    let waits = not_before.unix_micros() - now.unix_micros();
    assert!(waits <= pause.as_micros().try_into().unwrap(), "{waits}");
    assert!(waits > 0, "{waits}");
}
