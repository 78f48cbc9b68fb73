//! From committed changes to deliveries.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::SimpleConnection as _;
use testkit::{PlainEncoder, Tenant, a_user, by_name, run, to_status};
use tokio::task::JoinSet;
use users_domain::model::UserStatus;
use users_domain::model::webhooks::DeliveryOrdering;
use users_domain::ports::{Outbox as _, Sequenced};
use users_domain::rules::Rejection;

use crate::scene::{DATA, STATUS, Scene};
use crate::sql::connect;

const PER_USER: DeliveryOrdering = DeliveryOrdering::PerUser;

/// Every delivery of a lane in the order of the queue: the user, the sequence of the event, and whether it is due.
fn queue(scene: &Scene, lane: i64) -> Vec<String> {
    scene.lines(&format!(
        "SELECT format('%s %s %s', u.vendor_data, e.sequence, CASE WHEN w.due_at <= now() THEN 'due' ELSE 'parked' END)
            AS line
         FROM webhook_deliveries w
         JOIN events e ON e.application_id = w.application_id AND e.recorded_at = w.event_recorded_at AND e.id = w.event_id
         JOIN users u ON u.application_id = e.application_id AND u.id = e.user_id
         WHERE lane = {lane} ORDER BY queue_seq"
    ))
}

#[test]
fn rounds_sequence_changes_of_all_applications_until_none_is_left() {
    run(async {
        let scene = Scene::new().await;
        let other = Tenant::of(&scene.users).await;
        let kinds = [DATA, STATUS];
        let lane = scene.lane_of(&scene.destination(&kinds, PER_USER));
        let lane_of_other = scene.lane_of(&scene.destination_of(&other, &kinds, PER_USER));
        scene.create(&["ada", "bob"]).await;
        other.has(a_user("ada")).await;
        scene.rename("ada", 2).await;
        let block = scene.tenant.change_status(by_name("ada"), to_status(UserStatus::Blocked));
        scene.tenant.write(block).await.unwrap();
        other.write(other.delete(by_name("ada"))).await.unwrap();

        // The rounds cut across users and applications.
        let mut changes = Vec::new();
        loop {
            match scene.stores.outbox.sequence(3).await.unwrap() {
                Sequenced::Done { changes: 0, .. } => break,
                Sequenced::Done { changes: some, .. } => changes.push(some),
                Sequenced::Elsewhere => panic!("no other process is sequencing"),
            }
        }
        assert_eq!(changes, [3, 3, 1]);
        let waiting = ["ada 1 due", "bob 1 due", "ada 2 parked", "ada 3 parked", "ada 4 parked"];
        assert_eq!(queue(&scene, lane), waiting);
        assert_eq!(queue(&scene, lane_of_other), ["ada 1 due", "ada 2 parked"]);
        assert_eq!(scene.number("SELECT count(*) FROM outbox"), 0);
    });
}

#[test]
fn changes_of_one_user_in_one_call_keep_their_sequence() {
    run(async {
        let scene = Scene::new().await;
        let lane = scene.lane_of(&scene.destination(&[DATA, STATUS], PER_USER));
        let tenant = &scene.tenant;
        let batch = ["ada", "bob", "cyd"].into_iter().flat_map(|name| {
            [
                tenant.create(a_user(name)),
                tenant.change_status(by_name(name), to_status(UserStatus::Flagged)),
                tenant.change_status(by_name(name), to_status(UserStatus::Active)),
            ]
        });
        let answers = tenant.commit(batch.collect()).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert_eq!(scene.sequence().await, (9, 9));
        let mut queue = queue(&scene, lane);
        queue.sort();
        for name in ["ada", "bob", "cyd"] {
            let of_user: Vec<_> = queue.drain(..3).collect();
            let expected = [("1", "due"), ("2", "parked"), ("3", "parked")];
            assert_eq!(of_user, expected.map(|(nth, state)| format!("{name} {nth} {state}")));
        }
    });
}

#[test]
fn a_change_becomes_one_delivery_per_subscribed_destination() {
    run(async {
        let scene = Scene::new().await;
        let other = Tenant::of(&scene.users).await;
        let made = [
            scene.destination(&[DATA, STATUS], PER_USER),
            scene.destination(&[DATA, "transaction.created"], PER_USER),
            scene.destination(&[STATUS], PER_USER),
            scene.destination(&[], PER_USER),
            scene.destination_of(&other, &[DATA, STATUS], PER_USER),
        ];
        scene.create(&["ada"]).await;
        let flag = scene.tenant.change_status(by_name("ada"), to_status(UserStatus::Flagged));
        scene.tenant.write(flag).await.unwrap();
        assert_eq!(scene.sequence().await, (2, 4));
        let queues = made.map(|destination| queue(&scene, scene.lane_of(&destination)));
        assert_eq!(
            queues,
            [
                vec!["ada 1 due".to_owned(), "ada 2 parked".to_owned()],
                vec!["ada 1 due".to_owned()],
                vec!["ada 2 due".to_owned()],
                vec![],
                vec![],
            ]
        );
    });
}

#[test]
fn only_the_first_delivery_of_a_user_is_due_unless_unordered() {
    run(async {
        let scene = Scene::new().await;
        let ordered = scene.lane_of(&scene.destination(&[DATA], PER_USER));
        let unordered = scene.lane_of(&scene.destination(&[DATA], DeliveryOrdering::None));
        scene.create(&["ada", "bob"]).await;
        scene.sequence().await;
        // In a later round, behind a delivery that still waits.
        scene.rename("ada", 2).await;
        scene.sequence().await;
        assert_eq!(
            queue(&scene, ordered),
            ["ada 1 due", "bob 1 due", "ada 2 parked", "ada 3 parked"]
        );
        assert_eq!(queue(&scene, unordered), ["ada 1 due", "bob 1 due", "ada 2 due", "ada 3 due"]);
    });
}

#[test]
fn a_deleted_user_and_its_successor_of_the_same_name_stay_in_order() {
    run(async {
        let scene = Scene::new().await;
        let lane = scene.lane_of(&scene.destination(&[DATA], PER_USER));
        scene.create(&["ada"]).await;
        let tenant = &scene.tenant;
        tenant.write(tenant.delete(by_name("ada"))).await.unwrap();
        scene.create(&["ada"]).await;
        scene.rename("ada", 1).await;
        scene.sequence().await;
        assert_eq!(
            queue(&scene, lane),
            ["ada 1 due", "ada 2 parked", "ada 1 parked", "ada 2 parked"]
        );
    });
}

#[test]
fn only_destinations_disabled_by_the_service_still_get_deliveries() {
    run(async {
        let scene = Scene::new().await;
        let expected = [("client", 0), ("gone", 1), ("failing", 1)].map(|(reason, expected)| {
            let lane = scene.lane_of(&scene.destination(&[DATA], PER_USER));
            scene.set_lane(lane, &format!("disabled_reason = '{reason}', disabled_at = now()"));
            (lane, expected)
        });
        scene.create(&["ada"]).await;
        assert_eq!(scene.sequence().await, (1, 2));
        for (lane, expected) in expected {
            assert_eq!(queue(&scene, lane).len(), expected);
        }
        assert!(scene.lease().await.is_empty(), "none of them is sent now");
    });
}

#[test]
fn a_rolled_back_change_leaves_no_marker() {
    run(async {
        let scene = Scene::new().await;
        scene.create(&["ada"]).await;
        let tenant = &scene.tenant;
        let again = tenant.write(tenant.create(a_user("ada"))).await;
        assert_eq!(
            again.unwrap_err(),
            users_domain::ports::WriteError::Refused(Rejection::VendorDataTaken)
        );
        scene.users.inspect.fail_event_inserts(true).await;
        let lost = tenant.try_commit(vec![tenant.create(a_user("bob"))]).await;
        assert!(lost.is_err());
        scene.users.inspect.fail_event_inserts(false).await;
        assert_eq!(scene.number("SELECT count(*) FROM outbox"), 1);
        assert_eq!(scene.sequence().await, (1, 0));
    });
}

#[test]
fn one_of_concurrent_rounds_works_and_an_aborted_round_changes_nothing() {
    run(async {
        let scene = Scene::new().await;
        let lane = scene.lane_of(&scene.destination(&[DATA], PER_USER));
        scene.create(&["ada", "bob"]).await;

        let mut rival = connect(scene.database.runtime_url());
        rival.batch_execute("BEGIN; SELECT * FROM sequence_outbox(10)").unwrap();
        let round = scene.stores.outbox.sequence(10).await;
        assert_eq!(round, Ok(Sequenced::Elsewhere));
        // Writers do not wait for the round either.
        scene.create(&["cyd"]).await;
        rival.batch_execute("ROLLBACK").unwrap();

        assert_eq!(scene.sequence().await, (3, 3));
        assert_eq!(queue(&scene, lane), ["ada 1 due", "bob 1 due", "cyd 1 due"]);
    });
}

#[test]
fn concurrent_sequencers_and_writers_keep_every_event_once_and_in_order() {
    const WRITERS: usize = 3;
    const WRITES: usize = 40;
    const EVENTS: i64 = 3 * 41;

    run(async {
        let scene = Arc::new(Scene::new().await);
        let lane = scene.lane_of(&scene.destination(&[DATA], PER_USER));
        scene.destination(&[DATA], DeliveryOrdering::None);
        let names = ["ada", "bob", "cyd"];
        scene.create(&names).await;

        let writing = Arc::new(AtomicUsize::new(WRITERS));
        let mut running = JoinSet::new();
        for name in names {
            let (scene, writing) = (Arc::clone(&scene), Arc::clone(&writing));
            running.spawn(async move {
                scene.rename(name, WRITES).await;
                writing.fetch_sub(1, Ordering::SeqCst);
            });
        }
        for _ in 0..4 {
            let (scene, writing) = (Arc::clone(&scene), Arc::clone(&writing));
            // With its own pool, like a separate process.
            let outbox = scene.database.stores(Arc::new(PlainEncoder)).outbox;
            running.spawn(async move {
                loop {
                    let over = writing.load(Ordering::SeqCst) == 0;
                    let round = outbox.sequence(7).await.unwrap();
                    let idle = matches!(round, Sequenced::Done { changes: 0, .. });
                    if over && idle {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            });
        }
        running.join_all().await;

        assert_eq!(scene.number("SELECT count(*) FROM outbox"), 0);
        assert_eq!(scene.number("SELECT count(*) FROM webhook_deliveries"), 2 * EVENTS);
        assert_eq!(
            scene.number("SELECT count(DISTINCT (lane, event_id)) FROM webhook_deliveries"),
            2 * EVENTS
        );
        let queue = queue(&scene, lane);
        for name in names {
            let of_user: Vec<_> =
                queue.iter().filter(|line| line.starts_with(name)).cloned().collect();
            let expected: Vec<_> = (1..=WRITES + 1)
                .map(|nth| format!("{name} {nth} {}", if nth == 1 { "due" } else { "parked" }))
                .collect();
            assert_eq!(of_user, expected);
        }
    });
}

#[test]
fn a_lane_wakes_with_its_first_due_delivery_but_not_during_its_pause() {
    run(async {
        let scene = Scene::new().await;
        let awake = scene.lane_of(&scene.destination(&[DATA], PER_USER));
        let paused = scene.lane_of(&scene.destination(&[DATA], PER_USER));
        let asleep = scene.lane_of(&scene.destination(&[STATUS], PER_USER));
        scene.set_lane(paused, "paused_until = now() + interval '1 hour'");
        scene.create(&["ada"]).await;
        scene.sequence().await;
        let is = |lane, condition: &str| {
            scene.number(&format!(
                "SELECT count(*) FROM webhook_lanes WHERE lane = {lane} AND {condition}"
            )) == 1
        };
        assert!(is(awake, "wake_at <= now()"));
        assert!(is(paused, "wake_at = paused_until"));
        assert!(is(asleep, "wake_at = 'infinity'"));
    });
}
