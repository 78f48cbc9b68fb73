//! Destinations of one application, or of many, that do not answer.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use users_domain::model::webhooks::{Answer, LaneId, TransportError};
use users_domain::ports::OutgoingWebhook;

use super::fake_sender::{FakeSender, status};
use super::{MS, SECOND, Scene};

const TIMED_OUT: Answer = Answer::Nothing {
    error: TransportError::TimedOut,
    code: None,
};

/// Whose events begin with `quick` answers at once; the others hang until they time out.
fn sender() -> FakeSender {
    FakeSender::new(|webhook: &OutgoingWebhook, _| {
        if webhook.body.starts_with("quick") {
            (10 * MS, status(200))
        } else {
            (15 * SECOND, TIMED_OUT)
        }
    })
}

/// Leases and works as a process does, with enough to do for lanes that hang.
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

/// How long a neighbour's event waits for its attempt, each time, while all of these hang.
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
        () = dispatch(scene, hanging) => panic!("the measurement ends first"),
    }
}

#[tokio::test(start_paused = true)]
async fn destinations_of_one_application_that_hang_delay_no_other_application() {
    let scene = Scene::new(sender());
    let hanging: Vec<_> = (0..100).map(|_| scene.lanes.add_lane_of(1)).collect();
    let waited = waits_beside(&scene, &hanging).await;
    assert!(waited <= 50 * MS, "{waited:?}");
    let most = scene.sender.seen().most;
    assert!(most <= 384 / 2 + 1, "{most} attempts at once");
}

/// There are two of them for each place, and each leaves its own after a second.
#[tokio::test(start_paused = true)]
async fn lanes_that_wait_for_answers_alone_leave_their_places_to_others() {
    let scene = Scene::new(sender());
    let hanging: Vec<_> = (1..=100).map(|nth| scene.lanes.add_lane_of(nth)).collect();
    let waited = waits_beside(&scene, &hanging).await;
    assert!(waited <= 3 * SECOND, "{waited:?}");
    let called = scene.sender.seen().most_per_url.len();
    assert_eq!(called, 101, "all of them get attempts");
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_left_its_place_goes_on_when_there_is_something_new() {
    let hangs = "ada";
    let sender = FakeSender::new(move |webhook, _| {
        let takes = if webhook.body == hangs {
            9 * SECOND
        } else {
            10 * MS
        };
        (takes, status(200))
    });
    let (scene, lane) = Scene::new(sender).and_a_lane();
    scene.lanes.add(lane, hangs, Some(hangs));
    let meanwhile = async {
        for user in ["bob", "cyd", "dan"] {
            sleep(2 * SECOND).await;
            scene.lanes.add(lane, user, Some(user));
            sleep(300 * MS).await;
            assert!(
                scene.sender.seen().bodies.iter().any(|body| body == user),
                "{user}"
            );
        }
    };
    let (report, ()) = tokio::join!(scene.step(), meanwhile);
    assert_eq!(report.delivered, 4, "within one lease");
}

/// What a lane has read and may not send yet is not kept while it waits.
#[tokio::test(start_paused = true)]
async fn what_a_lane_gave_up_with_its_place_is_sent_once() {
    let sender = FakeSender::new(|_, number| {
        let takes = if number < 2 { 5 * SECOND } else { 10 * MS };
        (takes, status(200))
    });
    let (scene, lane) = Scene::new(sender).and_a_lane();
    scene.lanes.add_many(lane, 100);
    assert_eq!(scene.until_idle().await.delivered, 100);
    assert_eq!(scene.sender.seen().bodies.len(), 100);
    let reads = scene.lanes.state().reads;
    assert!(reads <= 10, "{reads} reads");
}
