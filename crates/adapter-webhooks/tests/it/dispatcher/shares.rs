//! Destinations of one or many applications that do not respond.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use users_domain::model::webhooks::{Answer, LaneId, TransportError};
use users_domain::ports::OutgoingWebhook;

use super::fake_sender::{FakeSender, status};
use super::{MS, SECOND, Scene};

const TIMED_OUT: Answer = Answer::Nothing { error: TransportError::TimedOut, code: None };

/// Events whose body begins with `quick` are answered at once; the others hang until they time out.
fn sender() -> FakeSender {
    FakeSender::new(|webhook: &OutgoingWebhook, _| {
        if webhook.body.starts_with("quick") {
            (10 * MS, status(200))
        } else {
            (15 * SECOND, TIMED_OUT)
        }
    })
}

/// Leases and works as a process does, with enough deliveries for the hanging lanes.
async fn dispatch(scene: &Scene, hanging: &[LaneId]) {
    for lane in hanging {
        scene.lanes.add_many(*lane, 100);
    }
    let mut working = JoinSet::new();
    loop {
        for run in scene.dispatcher.lease().await.unwrap() {
            working.spawn(run.run());
        }
        sleep(20 * MS).await;
    }
}

/// Returns the longest time that an event of another application waits for its attempt while `hanging` hang.
async fn waits_beside(scene: &Scene, hanging: &[LaneId]) -> Duration {
    let quick = scene.lanes.add_lane_of(1_000);
    let measured = async {
        let mut longest = Duration::ZERO;
        for round in 0..60 {
            sleep(501 * MS).await;
            let body = format!("quick {round}");
            let began = Instant::now();
            scene.lanes.add(quick, "quick", Some(&body));
            while !scene.sender.seen().bodies.contains(&body) {
                sleep(5 * MS).await;
            }
            longest = longest.max(began.elapsed());
        }
        longest
    };
    tokio::select! {
        longest = measured => longest,
        () = dispatch(scene, hanging) => panic!("the dispatch loop never ends"),
    }
}

#[tokio::test(start_paused = true)]
async fn hanging_destinations_delay_no_other_application() {
    let scene = Scene::new(sender());
    let hanging: Vec<_> = (0..100).map(|_| scene.lanes.add_lane_of(1)).collect();
    let waited = waits_beside(&scene, &hanging).await;
    assert!(waited <= 50 * MS, "{waited:?}");
    let most = scene.sender.seen().most;
    assert!(most <= 384 / 2 + 1, "{most} attempts at once");
}

/// There are two hanging lanes for each permit, and each releases its permit after a second.
#[tokio::test(start_paused = true)]
async fn lanes_that_only_wait_for_answers_release_their_permits() {
    let scene = Scene::new(sender());
    let hanging: Vec<_> = (1..=100).map(|nth| scene.lanes.add_lane_of(nth)).collect();
    let waited = waits_beside(&scene, &hanging).await;
    assert!(waited <= 3 * SECOND, "{waited:?}");
    let called = scene.sender.seen().most_per_url.len();
    assert_eq!(called, 101, "all of them get attempts");
}

#[tokio::test(start_paused = true)]
async fn a_lane_without_a_permit_continues_when_new_events_arrive() {
    let hangs = "ada";
    let sender = FakeSender::new(move |webhook, _| {
        let takes = if webhook.body == hangs { 9 * SECOND } else { 10 * MS };
        (takes, status(200))
    });
    let (scene, lane) = Scene::new(sender).and_a_lane();
    scene.lanes.add(lane, hangs, Some(hangs));
    let meanwhile = async {
        for user in ["bob", "cyd", "dan"] {
            sleep(2 * SECOND).await;
            scene.lanes.add(lane, user, Some(user));
            sleep(300 * MS).await;
            assert!(scene.sender.seen().bodies.iter().any(|body| body == user), "{user}");
        }
    };
    let (report, ()) = tokio::join!(scene.step(), meanwhile);
    assert_eq!(report.delivered, 4, "within one lease");
}

/// A lane that releases its permit drops the deliveries it has read but not sent.
#[tokio::test(start_paused = true)]
async fn deliveries_dropped_with_the_permit_are_sent_once() {
    let sender = FakeSender::new(|_, number| {
        let takes = if number < 2 { 5 * SECOND } else { 10 * MS };
        (takes, status(200))
    });
    let (scene, _) = Scene::new(sender).with_due(100);
    assert_eq!(scene.until_idle().await.delivered, 100);
    assert_eq!(scene.sender.seen().bodies.len(), 100);
    let reads = scene.lanes.state().reads;
    assert!(reads <= 10, "{reads} reads");
}
