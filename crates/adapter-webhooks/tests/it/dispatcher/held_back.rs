//! Destinations that fail, ask for a pause, are gone, or have secrets that cannot be opened.

use std::time::Duration;

use adapter_webhooks::DispatcherLimits;
use tokio::time::sleep;
use users_domain::model::webhooks::{
    Answer, Breaker, DisabledReason, LaneId, NextStep, RetryAfter, TransportError,
};
use users_domain::rules::webhooks::health::healthy;

use super::fake_sender::{FakeSender, status};
use super::{MS, SECOND, Scene, attempts};

const REFUSED: Answer = Answer::Nothing { error: TransportError::NotConnected, code: None };

#[tokio::test(start_paused = true)]
async fn a_dead_receiver_is_paused_and_its_events_are_not_charged() {
    let (scene, _) = Scene::new(FakeSender::new(|_, _| (10 * MS, REFUSED))).with_due(100);
    let report = scene.step().await;
    assert!((5..=6).contains(&report.failed), "{report:?}");
    let state = scene.lanes.state();
    let last = &state.settled.last().unwrap().settlement;
    assert!(last.release && last.not_before.is_some());
    assert!(matches!(last.health.breaker, Breaker::Open { openings: 1, .. }));
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_lets_nothing_through() {
    let (scene, lane) = Scene::new(FakeSender::delivering(10 * MS)).with_due(3);
    let until = scene.lanes.database_now().plus_millis(30_000);
    scene.lanes.with(lane, |lane| {
        lane.health.breaker = Breaker::Open { until, openings: 2 };
    });
    assert_eq!(attempts(&scene.step().await), 0);
    let state = scene.lanes.state();
    assert_eq!(state.settled[0].settlement.not_before, Some(until));
}

#[tokio::test(start_paused = true)]
async fn an_expired_breaker_lets_one_probe_through_first() {
    let (scene, lane) = Scene::new(FakeSender::delivering(SECOND)).with_due(10);
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
async fn a_requested_pause_is_kept() {
    let sender = FakeSender::new(|_, _| {
        let answer = Answer::Status {
            code: 429,
            retry_after: Some(RetryAfter::In(Duration::from_secs(30))),
        };
        (MS, answer)
    });
    let (scene, _) = Scene::new(sender).with_due(10);
    let report = scene.step().await;
    assert!(report.failed <= 2, "{report:?}");
    let state = scene.lanes.state();
    let not_before = state.settled.last().unwrap().settlement.not_before.unwrap();
    let pause = not_before.unix_micros() - testkit::base_time().unix_micros();
    assert!((30_000_000..=31_000_000).contains(&pause), "{pause}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_ends_during_the_release_begins_no_attempt() {
    // The renewal wakes the lane after the pause and before the store has responded.
    let limits =
        DispatcherLimits { lease: 40 * SECOND, slice: 60 * SECOND, ..DispatcherLimits::default() };
    let sender = FakeSender::delivering(15 * SECOND);
    let (scene, lane) = Scene::with_limits(sender, limits).with_due(3);
    let until = scene.lanes.database_now().plus_millis(2_000);
    scene.lanes.with(lane, |lane| lane.health.paused_until = Some(until));
    scene.lanes.state().settling_takes = 25 * SECOND;
    let report = scene.step().await;
    assert_eq!(scene.lanes.state().renewed.len(), 1);
    assert_eq!((attempts(&report), report.lost), (0, 0));
    assert!(scene.sender.seen().bodies.is_empty(), "no attempt began");

    assert_eq!(scene.step().await.delivered, 3, "the deliveries are sent later");
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_gone_is_disabled_once() {
    let (scene, _) = Scene::new(FakeSender::new(|_, _| (MS, status(410)))).with_due(10);
    let report = scene.step().await;
    assert!(report.failed <= 2, "{report:?}");
    assert_eq!(scene.lanes.disabled_reasons(), [DisabledReason::Gone]);
    assert_eq!(scene.step().await.lanes, 0);
}

#[tokio::test(start_paused = true)]
async fn an_erased_event_becomes_a_dead_letter_without_being_sent() {
    let (scene, lane) = Scene::new(FakeSender::delivering(10 * MS)).and_a_lane();
    scene.lanes.add(lane, "gone", None);
    scene.lanes.add(lane, "gone", Some("after"));
    let report = scene.until_idle().await;
    assert_eq!((report.delivered, report.dead_lettered), (1, 1));
    assert_eq!(scene.sender.seen().bodies, ["after"]);
    assert_eq!(scene.metric("webhook_dead_letters_total"), "1");
    let state = scene.lanes.state();
    let erased = &state.settled[0].settlement.attempts[0];
    assert_eq!(erased.answer.transport_error(), Some(TransportError::Erased));
    assert_eq!(erased.next, NextStep::DeadLetter);
}

/// Another process may have the missing key, so the destination must stay unchanged.
#[tokio::test(start_paused = true)]
async fn nothing_is_sent_or_charged_unless_every_secret_opens() {
    let (scene, lane) = Scene::new(FakeSender::delivering(10 * MS)).with_due(20);
    scene.lanes.with(lane, |lane| lane.sealed = true);
    for rounds in 1..=6 {
        let report = scene.step().await;
        assert_eq!((report.lanes, attempts(&report)), (1, 0), "{rounds}");
        assert_released_untried(&scene, lane, 10 * SECOND);
        assert_eq!(scene.step().await.lanes, 0, "the lane is paused");
        sleep(10 * SECOND + MS).await;
    }
    assert!(scene.sender.seen().bodies.is_empty());
    let sealed = scene.metric("webhook_put_off_total{reason=\"secrets_sealed\"}");
    assert_eq!(sealed, "6");

    scene.lanes.with(lane, |lane| lane.sealed = false);
    assert_eq!(scene.step().await.delivered, 20);
}

#[tokio::test(start_paused = true)]
async fn attempts_without_a_free_lookup_are_retried_soon_and_not_charged() {
    let sender = FakeSender::delivering(10 * MS).has_no_place_for(12);
    let (scene, lane) = Scene::new(sender).with_due(20);
    let (mut rounds, mut delivered) = (0, 0);
    while delivered == 0 {
        let report = scene.step().await;
        assert_eq!(report.failed, 0);
        delivered = report.delivered;
        if delivered == 0 {
            rounds += 1;
            assert_released_untried(&scene, lane, SECOND);
            sleep(SECOND + MS).await;
        }
    }
    assert_eq!((rounds, delivered), (6, 20), "two attempts per round find no lookup");
    let deferred = scene.metric("webhook_put_off_total{reason=\"no_place_to_look_up\"}");
    assert_eq!(deferred, "6");
}

/// Asserts that the lane was released with a pause and otherwise unchanged.
fn assert_released_untried(scene: &Scene, lane: LaneId, pause: Duration) {
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
