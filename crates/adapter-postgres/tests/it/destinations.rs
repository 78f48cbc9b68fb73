//! Queues when their destinations change: long queues, leased lanes, and concurrent changes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use testkit::{
    a_destination, a_lease_request, a_recovery, a_sealed_secret, base_time, destination_url,
    release, run, settlement, tried,
};
use tokio::spawn;
use tokio::task::{JoinSet, spawn_blocking};
use users_domain::model::webhooks::{
    Breaker, DeliveryOrdering, Destination, DestinationDetail, DestinationState, DestinationUrl,
    DisabledReason, LaneHealth, NextStep,
};
use users_domain::ports::{
    AttemptLog as _, DestinationChange, DestinationStore as _, LaneStore as _, Outbox as _,
    RecoveryStore as _, Settlement,
};

use crate::scene::{DATA, Scene};
use crate::sql::{connect, until};
use crate::webhooks::lane_of;

/// The sessions of the current role that wait for a lock.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

/// More than two portions.
const LONG: i64 = 12_001;

/// Number of order keys in a long queue.
const KEYS: i64 = 7;

/// A destination with a long queue without parked deliveries and a long list of dead letters.
async fn with_a_long_queue(scene: &Scene, due_at: &str) -> Destination {
    let destination =
        Destination { ordering: DeliveryOrdering::None, ..a_destination(scene.tenant.id()) };
    let added = scene.stores.destinations.add(destination.clone(), a_sealed_secret()).await;
    assert_eq!(added, Ok(()));
    let (application, id, lane) = (destination.application, destination.id, lane_of(&destination));
    scene.execute(&format!(
        "INSERT INTO webhook_deliveries
            (lane, queue_seq, order_key, due_at, event_recorded_at, application_id, event_id, attempts_made)
         SELECT {lane}, n, n % {KEYS}, {due_at}, now(), '{application}', gen_random_uuid(), 2
         FROM generate_series(1, {LONG}) n;
         INSERT INTO webhook_dead_letters
            (application_id, destination_id, queue_seq, order_key, event_id, event_recorded_at, attempts_made)
         SELECT '{application}', '{id}', -n, n, gen_random_uuid(), now(), 11 FROM generate_series(1, {LONG}) n"
    ));
    destination
}

async fn change(
    scene: &Scene,
    destination: &Destination,
    set: impl FnOnce(&mut DestinationChange),
) -> DestinationDetail {
    let mut change = DestinationChange::default();
    set(&mut change);
    let (application, id) = (destination.application, destination.id);
    let destinations = &scene.stores.destinations;
    let changed = destinations.change(application, id, change, base_time());
    changed.await.unwrap()
}

async fn turn(scene: &Scene, destination: &Destination, on: bool) -> DestinationDetail {
    change(scene, destination, |change| change.enabled = Some(on)).await
}

#[test]
fn a_long_queue_is_skipped_completely() {
    run(async {
        let scene = Scene::new().await;
        let destination = with_a_long_queue(&scene, "now()").await;
        turn(&scene, &destination, false).await;
        let detail = change(&scene, &destination, |change| {
            change.enabled = Some(true);
            change.skip_waiting = true;
        })
        .await;
        assert_eq!(detail.destination.state, DestinationState::Enabled);
        let letters = u64::try_from(2 * LONG).unwrap();
        assert_eq!((detail.summary.waiting, detail.summary.dead_letters), (0, letters));
    });
}

#[test]
fn a_long_queue_is_parked_and_unparked_completely() {
    run(async {
        let scene = Scene::new().await;
        let destination = with_a_long_queue(&scene, "now()").await;
        let parked =
            "SELECT count(*) FROM webhook_deliveries WHERE due_at = 'infinity' AND queue_seq > 7";
        let order = |ordering| {
            change(&scene, &destination, move |change| {
                change.ordering = Some(ordering);
            })
        };
        order(DeliveryOrdering::PerUser).await;
        assert_eq!(scene.number(&format!("({parked})")), LONG - KEYS);
        let due = "(SELECT count(*) FROM webhook_deliveries WHERE due_at <= now())";
        assert_eq!(scene.number(due), KEYS);
        order(DeliveryOrdering::None).await;
        assert_eq!(scene.number(due), LONG);
    });
}

#[test]
fn enabling_makes_deliveries_that_wait_for_a_retry_due() {
    run(async {
        let scene = Scene::new().await;
        let later = "CASE WHEN n > 9000 THEN 'infinity' ELSE now() + interval '20 hours' END";
        let destination = with_a_long_queue(&scene, later).await;
        scene.execute("UPDATE webhook_destinations SET ordering = 'per_user'");
        turn(&scene, &destination, false).await;
        let due = "(SELECT count(*) FROM webhook_deliveries WHERE due_at <= now())";
        assert_eq!(scene.number(due), 0);
        turn(&scene, &destination, true).await;
        assert_eq!(scene.number(due), 9_000);
        let tried_twice = "(SELECT count(*) FROM webhook_deliveries WHERE attempts_made = 2)";
        assert_eq!(scene.number(tried_twice), LONG);
        let leased = scene.lease_one().await;
        assert_eq!(leased.due.len(), 9_000);
    });
}

#[test]
fn a_removed_destination_leaves_only_its_attempts() {
    run(async {
        let scene = Scene::new().await;
        let destination = with_a_long_queue(&scene, "now()").await;
        let (application, id) = (destination.application, destination.id);
        let recovery = a_recovery(&destination, base_time());
        let started = scene.stores.recoveries.start(recovery).await;
        assert!(started.unwrap().is_some());
        let attempt = testkit::an_attempt(&destination);
        assert!(scene.stores.attempts.add(attempt).await.is_ok());
        let removed = scene.stores.destinations.remove(application, id).await;
        assert_eq!(removed, Ok(true));
        for table in
            ["destinations", "secrets", "lanes", "deliveries", "dead_letters", "recoveries"]
        {
            let rows = format!("(SELECT count(*) FROM webhook_{table})");
            assert_eq!(scene.number(&rows), 0, "{table}");
        }
        let tried = "(SELECT count(*) FROM webhook_attempts)";
        assert_eq!(scene.number(tried), 1);
    });
}

#[test]
fn the_lane_of_a_moved_destination_can_only_be_released() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], DeliveryOrdering::PerUser);
        let leased = scene.leased(&["ada"]).await;
        let url = destination_url("https://receiver.example/moved");
        change(&scene, &destination, |change| {
            change.url = Some(url.clone());
        })
        .await;
        assert_eq!(scene.lease().await, [], "attempts may be under way");

        let breaker = Breaker::Open { until: leased.leased_at.plus_millis(3_600_000), openings: 1 };
        let troubled = LaneHealth { breaker, ..leased.health.clone() };
        let mut late = release(&leased, Vec::new());
        late.health = troubled;
        late.not_before = Some(leased.leased_at.plus_millis(3_600_000));
        assert!(!scene.settle(late).await.still_owner);
        let (application, id) = (destination.application, destination.id);
        let found = scene.stores.destinations.find(application, id).await;
        let summary = found.unwrap().unwrap().summary;
        assert_eq!((summary.breaker, summary.paused_until), (Breaker::Closed, None));

        let again = scene.lease_one().await;
        assert_eq!((&again.url, again.due.len()), (&url, 1));
        let later = release(&leased, Vec::new());
        assert!(!scene.settle(later).await.still_owner);
        assert_eq!(scene.lease().await, [], "the lane is leased by another worker");
    });
}

#[test]
fn rotation_without_grace_ends_the_lease_and_the_next_uses_the_new_secret() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], DeliveryOrdering::PerUser);
        let leased = scene.leased(&["ada"]).await;
        let (application, id) = (destination.application, destination.id);
        for (grace, still_owner) in [(Duration::from_secs(9), true), (Duration::ZERO, false)] {
            let secrets = &scene.stores.destinations;
            let rotated = secrets.rotate_secret(application, id, a_sealed_secret(), grace);
            assert_eq!(rotated.await, Ok(true));
            let report = settlement(&leased, Vec::new());
            assert_eq!(scene.settle(report).await.still_owner, still_owner);
            assert_eq!(scene.lease().await, [], "attempts may be under way");
        }
        scene.settle(release(&leased, Vec::new())).await;
        let again = scene.lease_one().await;
        assert_eq!((again.secrets.len(), again.due.len()), (1, 1));
        assert_ne!(again.secrets, leased.secrets);
    });
}

#[test]
fn no_deliveries_are_made_after_a_client_disables_the_destination() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], DeliveryOrdering::PerUser);
        scene.execute("UPDATE webhook_lanes SET disabled_reason = 'gone', disabled_at = now()");
        scene.create(&["ada"]).await;
        assert_eq!(scene.sequence().await.1, 1);
        turn(&scene, &destination, false).await;
        scene.rename("ada", 1).await;
        assert_eq!(scene.sequence().await.1, 0);
    });
}

#[test]
fn a_url_of_the_maximum_length_is_stored() {
    run(async {
        let scene = Scene::new().await;
        // Random text that an index cannot compress.
        let noise = "SELECT string_agg(md5(n::text), '') AS line FROM generate_series(1, 64) n";
        let mut url = format!("https://receiver.example/{}", scene.lines(noise).concat());
        url.truncate(DestinationUrl::MAX_BYTES);
        let destination =
            Destination { url: destination_url(&url), ..a_destination(scene.tenant.id()) };
        let stores = &scene.stores.destinations;
        let added = stores.add(destination.clone(), a_sealed_secret()).await;
        assert_eq!(added, Ok(()));
        let found = stores.find(destination.application, destination.id).await;
        let found = found.unwrap().unwrap().destination;
        assert_eq!(found.url, destination.url);
    });
}

#[test]
fn recovered_deliveries_become_due_after_those_in_flight() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], DeliveryOrdering::PerUser);
        scene.create(&["ada"]).await;
        scene.rename("ada", 1).await;
        scene.sequence().await;
        let leased = scene.lease_one().await;
        let first = leased.due[0].clone();
        let given_up = settlement(&leased, vec![tried(&first, NextStep::DeadLetter)]);
        assert_eq!(scene.settle(given_up).await.unparked, 1);
        let recovery = a_recovery(&destination, base_time());
        assert!(scene.stores.recoveries.start(recovery).await.unwrap().is_some());
        assert_eq!(scene.stores.recoveries.advance(10).await, Ok(1));

        let due = scene.stores.lanes.due(leased.lane, &[], 10).await.unwrap();
        assert_eq!(due.len(), 1);
        assert_ne!(due[0].queue_seq, first.queue_seq);
        let done = release(&leased, vec![tried(&due[0], NextStep::Done)]);
        assert_eq!(scene.settle(done).await.unparked, 1);
        let again = scene.lease_one().await;
        let queue_seqs: Vec<_> =
            again.due.iter().map(|due| (due.queue_seq, due.attempts_made)).collect();
        assert_eq!(queue_seqs, [(first.queue_seq, 0)]);
    });
}

/// There is nothing to send, however often the delivery is recovered.
#[test]
fn erased_dead_letters_are_not_recovered() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], DeliveryOrdering::PerUser);
        let leased = scene.leased(&["ada", "bob"]).await;
        let given_up = leased.due.iter();
        let given_up = given_up.map(|due| tried(due, NextStep::DeadLetter));
        scene.settle(release(&leased, given_up.collect())).await;
        let kept = &leased.due[1];
        scene.execute(&format!(
            "ALTER TABLE events ALTER COLUMN body DROP NOT NULL;
             ALTER TABLE events DISABLE TRIGGER USER;
             UPDATE events SET body = NULL WHERE id <> '{}';
             ALTER TABLE events ENABLE TRIGGER USER",
            kept.message.event
        ));
        let recovery = a_recovery(&destination, base_time());
        let recoveries = &scene.stores.recoveries;
        let started = recoveries.start(recovery).await.unwrap().unwrap();
        assert_eq!(recoveries.advance(10).await, Ok(2));
        let found = recoveries.find(started.application, started.destination, started.id);
        assert_eq!(found.await.unwrap().unwrap().recovered, 1);
        assert_eq!(scene.number("SELECT count(*) FROM webhook_dead_letters"), 0);
        let again = scene.lease_one().await;
        assert_eq!(again.due.len(), 1);
        assert_eq!(again.due[0].message.event, kept.message.event);
    });
}

#[test]
fn concurrent_changes_recoveries_and_deliveries_neither_fail_nor_hang() {
    const ROUNDS: usize = 12;

    run(async {
        let scene = Arc::new(Scene::new().await);
        let destinations: Vec<_> =
            (0..3).map(|_| scene.destination(&[DATA], DeliveryOrdering::PerUser)).collect();
        scene.create(&["ada", "bob"]).await;
        let mut tasks = JoinSet::new();
        for destination in &destinations {
            let (scene, destination) = (Arc::clone(&scene), destination.clone());
            tasks.spawn(async move {
                for round in 0..ROUNDS {
                    let ordering = DeliveryOrdering::ALL[round % 2];
                    change(&scene, &destination, |change| {
                        change.ordering = Some(ordering);
                        change.enabled = Some(round % 3 != 0);
                        change.skip_waiting = true;
                    })
                    .await;
                    let recovery = a_recovery(&destination, base_time());
                    let recoveries = &scene.stores.recoveries;
                    assert!(recoveries.start(recovery).await.unwrap().is_some());
                    recoveries.advance(2).await.unwrap();
                    let (application, id) = (destination.application, destination.id);
                    let grace = Duration::from_secs(1);
                    let secrets = &scene.stores.destinations;
                    let rotated = secrets.rotate_secret(application, id, a_sealed_secret(), grace);
                    assert_eq!(rotated.await, Ok(true));
                }
            });
        }
        for name in ["ada", "bob"] {
            let scene = Arc::clone(&scene);
            tasks.spawn(async move {
                for _ in 0..ROUNDS {
                    scene.rename(name, 1).await;
                    scene.stores.outbox.sequence(100).await.unwrap();
                    for lane in scene.stores.lanes.lease(a_lease_request()).await.unwrap() {
                        let attempts = lane.due.iter().map(|due| tried(due, NextStep::DeadLetter));
                        scene.settle(release(&lane, attempts.collect())).await;
                    }
                }
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        for destination in destinations {
            let (application, id) = (destination.application, destination.id);
            let removed = scene.stores.destinations.remove(application, id).await;
            assert_eq!(removed, Ok(true));
        }
        let left = "(SELECT (SELECT count(*) FROM webhook_deliveries) + (SELECT count(*) FROM webhook_dead_letters))";
        assert_eq!(scene.number(left), 0);
    });
}

/// Both wait for the lane: the change came first, and must be able to finish.
#[test]
fn a_url_change_and_a_running_recovery_do_not_deadlock() {
    run(async {
        let scene = Arc::new(Scene::new().await);
        let destination = scene.destination(&[DATA], DeliveryOrdering::PerUser);
        let recovery = a_recovery(&destination, base_time());
        scene.stores.recoveries.start(recovery).await.unwrap();
        let url = scene.database.runtime_url().to_owned();
        let lane = lane_of(&destination);
        let mut holder = scene.owner();
        let hold = format!("BEGIN; SELECT FROM webhook_lanes WHERE lane = {lane} FOR UPDATE");
        holder.batch_execute(&hold).unwrap();
        let wait_for = async |sessions| {
            let url = url.clone();
            let wait = spawn_blocking(move || until(&mut connect(&url), WAITING, sessions));
            wait.await.unwrap();
        };

        let changing = {
            let (scene, destination) = (Arc::clone(&scene), destination.clone());
            spawn(async move {
                change(&scene, &destination, |change| {
                    change.url = Some(destination_url("https://other.example/"));
                })
                .await
            })
        };
        wait_for(1).await;
        let advancing = {
            let scene = Arc::clone(&scene);
            spawn(async move { scene.stores.recoveries.advance(10).await })
        };
        wait_for(2).await;
        holder.batch_execute("COMMIT").unwrap();
        changing.await.unwrap();
        assert!(advancing.await.unwrap().is_ok());
    });
}

/// The client may not repeat the request for the remaining portions.
#[test]
fn deliveries_behind_a_skipped_portion_are_sent() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], DeliveryOrdering::PerUser);
        scene.create(&["ada"]).await;
        scene.rename("ada", 2).await;
        scene.sequence().await;
        turn(&scene, &destination, false).await;
        let lane = scene.lane_of(&destination);
        let portion = format!("SELECT skip_webhook_deliveries({lane}, 1)::text AS line");
        assert_eq!(scene.lines(&portion), ["1"]);
        assert_eq!(scene.number("SELECT count(*) FROM webhook_dead_letters"), 1);

        turn(&scene, &destination, true).await;
        let leased = scene.lease_one().await;
        assert_eq!(leased.due.len(), 1, "the second event");
        let sent = tried(&leased.due[0], NextStep::Done);
        let result = scene.settle(release(&leased, vec![sent])).await;
        assert_eq!(result.unparked, 1, "the third event");
    });
}

#[test]
fn a_gone_destination_keeps_its_lease_until_nothing_is_in_flight() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], DeliveryOrdering::PerUser);
        let leased = scene.leased(&["ada", "bob", "cyd"]).await;
        let [ada, bob, _] = &leased.due[..] else {
            panic!("{leased:?}");
        };
        let gone = Settlement {
            disable: Some(DisabledReason::Gone),
            ..settlement(&leased, vec![tried(ada, NextStep::DeadLetter)])
        };
        assert!(scene.settle(gone).await.still_owner);
        turn(&scene, &destination, true).await;
        assert!(scene.lease().await.is_empty());

        let sent = tried(bob, NextStep::Done);
        scene.settle(release(&leased, vec![sent])).await;
        assert_eq!(scene.lease_one().await.due, leased.due[2..]);
    });
}
