//! Leases of lanes and their due deliveries.

use std::collections::BTreeSet;
use std::time::Duration;

use testkit::run;
use tokio::task::JoinSet;
use users_domain::model::webhooks::{DeliveryOrdering, LaneEpoch, LaneId, NextStep};
use users_domain::model::{Timestamp, UserStatus};
use users_domain::ports::{LaneStore as _, LeaseRequest};
use users_domain::rules::webhooks::health::healthy;

use crate::scene::{DATA, LEASE, MANY, STATUS, Scene, a_lease_request, release, settlement, tried};

const PER_USER: DeliveryOrdering = DeliveryOrdering::PerUser;

#[test]
fn a_lease_contains_everything_needed_to_send() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], PER_USER);
        let lane = scene.lane_of(&destination);
        scene.execute(&format!(
            "INSERT INTO webhook_secrets (application_id, destination_id, sealed, signs_until)
             SELECT application_id, id, sealed, until FROM webhook_destinations, (VALUES
                ('\\x02'::bytea, now() + interval '1 hour'), ('\\x03', now() - interval '1 hour'), ('\\x04', NULL)
             ) s (sealed, until)
             WHERE id = '{}'",
            destination.id
        ));
        scene.create(&["ada", "bob"]).await;
        scene.rename("ada", 1).await;
        scene.sequence().await;

        let request = a_lease_request();
        let mut lanes = scene.stores.lanes.lease(request.clone()).await.unwrap();
        assert_eq!(lanes.len(), 1);
        let leased = lanes.remove(0);
        assert_eq!(leased.lane, LaneId::new(lane));
        assert_eq!(leased.epoch, LaneEpoch::new(1));
        assert_eq!(
            (leased.application, leased.destination, &leased.url),
            (destination.application, destination.id, &destination.url)
        );
        let secrets: Vec<_> = leased.secrets.iter().map(|s| s.as_bytes().len()).collect();
        assert_eq!(secrets, [1, 1, 32], "newest first, without the one that ended");
        assert_eq!(leased.secrets[0].as_bytes(), [4]);
        assert_eq!(leased.health, healthy());
        let until = leased.leased_at.unix_micros() + i64::try_from(LEASE.as_micros()).unwrap();
        assert_eq!(
            scene.number("SELECT extract(epoch FROM lease_until) * 1000000 FROM webhook_lanes"),
            until
        );
        assert_eq!(
            scene.lines("SELECT lease_owner::text AS line FROM webhook_lanes"),
            [request.worker.to_string()]
        );

        assert_eq!(leased.due.len(), 2, "bob's, and the first of ada's");
        let mut expected = scene.lines(
            "SELECT format('%s %s %s %s', id, webhook_type, timestamp_offset, body) AS line FROM events WHERE sequence = 1",
        );
        let mut found: Vec<_> = leased
            .due
            .iter()
            .map(|due| {
                let message = &due.message;
                let body = message.body.as_ref().unwrap();
                let offset = message.timestamp_offset;
                format!("{} {} {offset} {body}", message.event, message.webhook_type)
            })
            .collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
        assert!(leased.due.is_sorted_by_key(|due| due.queue_seq));
        assert!(leased.due.iter().all(|due| due.attempts_made == 0));
        let stored =
            scene.number("SELECT min(extract(epoch FROM recorded_at) * 1000000) FROM events");
        assert_eq!(leased.due[0].recorded_at.unix_micros(), stored);
    });
}

#[test]
fn at_most_one_worker_has_a_lane_at_a_time() {
    const LANES: usize = 12;

    run(async {
        let scene = Scene::new().await;
        for _ in 0..LANES {
            scene.destination(&[DATA], PER_USER);
        }
        scene.create(&["ada"]).await;
        scene.sequence().await;
        let mut running = JoinSet::new();
        for _ in 0..6 {
            let lanes = scene.stores.lanes.clone();
            running.spawn(async move {
                let mut mine = Vec::new();
                for _ in 0..LANES {
                    let request = LeaseRequest { lanes: 1, ..a_lease_request() };
                    mine.extend(lanes.lease(request).await.unwrap());
                }
                mine
            });
        }
        let leased: Vec<_> = running.join_all().await.into_iter().flatten().collect();
        let lanes: BTreeSet<_> = leased.iter().map(|leased| leased.lane).collect();
        assert_eq!((leased.len(), lanes.len()), (LANES, LANES));
        assert!(scene.lease().await.is_empty());
    });
}

#[test]
fn an_expired_lane_is_leased_again_with_a_new_epoch() {
    run(async {
        let scene = Scene::new().await;
        scene.destination(&[DATA], PER_USER);
        scene.create(&["ada"]).await;
        scene.sequence().await;
        let first = scene.lease_one().await;
        assert!(scene.lease().await.is_empty());
        scene.end_lease(&first);
        let second = scene.lease_one().await;
        assert_eq!(second.lane, first.lane);
        assert!(second.epoch > first.epoch);
        assert_eq!(second.due, first.due);
    });
}

#[test]
fn lanes_that_waited_longest_come_first_up_to_the_limit() {
    run(async {
        let scene = Scene::new().await;
        let lanes: Vec<_> = [3, 1, 2, 4]
            .into_iter()
            .map(|hours| {
                let lane = scene.lane_of(&scene.destination(&[DATA], DeliveryOrdering::None));
                (lane, hours)
            })
            .collect();
        scene.create(&["ada", "bob", "cyd"]).await;
        scene.sequence().await;
        for (lane, hours) in &lanes {
            scene.set_lane(*lane, &format!("wake_at = now() - {hours} * interval '1 hour'"));
        }
        let request = LeaseRequest { lanes: 3, deliveries_per_lane: 2, ..a_lease_request() };
        let leased = scene.stores.lanes.lease(request).await.unwrap();
        let order: Vec<_> = leased.iter().map(|leased| leased.lane.number()).collect();
        assert_eq!(order, [lanes[3].0, lanes[0].0, lanes[2].0]);
        assert!(leased.iter().all(|leased| leased.due.len() == 2));
    });
}

#[test]
fn lanes_with_constant_work_take_turns() {
    run(async {
        let scene = Scene::new().await;
        for _ in 0..3 {
            scene.destination(&[DATA], PER_USER);
        }
        scene.create(&["ada"]).await;
        scene.sequence().await;
        let mut turns = Vec::new();
        for _ in 0..6 {
            let request = LeaseRequest { lanes: 1, ..a_lease_request() };
            let leased = scene.stores.lanes.lease(request).await.unwrap().remove(0);
            assert_eq!(leased.due.len(), 1, "{turns:?}");
            scene.settle(release(&leased, vec![])).await;
            turns.push(leased.lane);
        }
        assert_eq!(turns[..3], turns[3..]);
        assert_eq!(turns.iter().collect::<BTreeSet<_>>().len(), 3);
    });
}

#[test]
fn long_bodies_are_read_up_to_a_size_limit_and_at_least_one() {
    run(async {
        let scene = Scene::new().await;
        let lane = scene.lane_of(&scene.destination(&[DATA], DeliveryOrdering::None));
        scene.execute(&format!(
            "INSERT INTO events (application_id, id, user_id, sequence, webhook_type, created_at, changed_fields,
                request_id, body, timestamp_offset)
             SELECT '{application}', gen_random_uuid(), gen_random_uuid(), nth, '{DATA}', now(), '{{}}', 'request',
                rpad('{{\"timestamp\":0}}', bytes), 13
             FROM unnest(ARRAY[400000, 400000, 400000, 2000000, 20]) WITH ORDINALITY b (bytes, nth);
             INSERT INTO webhook_deliveries
                (lane, queue_seq, order_key, due_at, event_recorded_at, application_id, event_id)
             SELECT {lane}, sequence, 1, now(), recorded_at, application_id, id FROM events;
             UPDATE webhook_lanes SET wake_at = now()",
            application = scene.tenant.id()
        ));
        let first = scene.lease_one().await.due;
        let queue_seqs: Vec<_> = first.iter().map(|due| due.queue_seq).collect();
        assert_eq!(queue_seqs, [1, 2]);
        for (except, expected) in
            [(&[1, 2][..], vec![3]), (&[1, 2, 3], vec![4]), (&[1, 2, 3, 4], vec![5])]
        {
            let due = scene.stores.lanes.due(LaneId::new(lane), except, MANY);
            let due = due.await.unwrap();
            let queue_seqs: Vec<_> = due.iter().map(|due| due.queue_seq).collect();
            assert_eq!(queue_seqs, expected);
        }
    });
}

#[test]
fn a_lease_succeeds_even_if_its_deliveries_cannot_be_read() {
    run(async {
        let scene = Scene::new().await;
        scene.destination(&[DATA], PER_USER);
        scene.create(&["ada"]).await;
        scene.sequence().await;
        scene.execute("ALTER FUNCTION due_of_lanes RENAME TO away");
        let leased = scene.lease_one().await;
        assert_eq!(leased.due, []);
        scene.settle(release(&leased, vec![])).await;
        scene.execute("ALTER FUNCTION away RENAME TO due_of_lanes");
        assert_eq!(scene.lease_one().await.due.len(), 1);
    });
}

#[test]
fn disabled_paused_and_idle_lanes_are_not_leased() {
    run(async {
        let scene = Scene::new().await;
        let lane = scene.lane_of(&scene.destination(&[DATA], PER_USER));
        scene.destination(&[STATUS], PER_USER);
        scene.create(&["ada"]).await;
        scene.sequence().await;
        for (held, free) in [
            (
                "disabled_reason = 'gone', disabled_at = now()",
                "disabled_reason = NULL, disabled_at = NULL",
            ),
            ("paused_until = now() + interval '1 hour'", "paused_until = NULL"),
            ("wake_at = now() + interval '1 hour'", "wake_at = now()"),
        ] {
            scene.set_lane(lane, held);
            assert!(scene.lease().await.is_empty(), "{held}");
            scene.set_lane(lane, free);
        }
        assert_eq!(scene.lease_one().await.lane, LaneId::new(lane));
    });
}

#[test]
fn a_lease_is_renewed_only_for_its_current_owner() {
    run(async {
        let scene = Scene::new().await;
        for _ in 0..6 {
            scene.destination(&[DATA], PER_USER);
        }
        scene.create(&["ada"]).await;
        scene.sequence().await;
        let request = a_lease_request();
        let leased = scene.stores.lanes.lease(request.clone()).await.unwrap();
        let [held, ended, disabled, older, given_back, again] = &leased[..] else {
            panic!("{leased:?}");
        };
        scene.end_lease(ended);
        scene.set_lane(disabled.lane.number(), "disabled_reason = 'client', disabled_at = now()");
        scene.settle(release(given_back, vec![])).await;
        let outdated = LaneEpoch::new(older.epoch.number() - 1);
        let asked = [
            (again.lane, again.epoch),
            (held.lane, held.epoch),
            (ended.lane, ended.epoch),
            (disabled.lane, disabled.epoch),
            (older.lane, outdated),
            (given_back.lane, given_back.epoch),
        ];
        let lease = Duration::from_mins(30);
        let stranger = a_lease_request().worker;
        let none = scene.stores.lanes.renew(stranger, &asked, lease).await;
        assert_eq!(none, Ok(vec![]));
        let mut renewed = scene.stores.lanes.renew(request.worker, &asked, lease).await.unwrap();
        renewed.sort();
        assert_eq!(renewed, [held.lane, again.lane]);
        assert_eq!(
            scene.number("SELECT count(*) FROM webhook_lanes WHERE lease_until > now() + interval '29 minutes'"),
            2
        );
        let nothing = scene.stores.lanes.renew(request.worker, &[], lease).await;
        assert_eq!(nothing, Ok(vec![]));
    });
}

#[test]
fn due_deliveries_are_ordered_and_exclude_those_in_flight() {
    run(async {
        let scene = Scene::new().await;
        let number = scene.lane_of(&scene.destination(&[DATA], DeliveryOrdering::None));
        let lane = LaneId::new(number);
        scene.create(&["ada", "bob", "cyd", "dan"]).await;
        scene.sequence().await;
        let all = scene.lease_one().await.due;
        let queue_seqs: Vec<_> = all.iter().map(|due| due.queue_seq).collect();
        let [ada, bob, cyd, dan] = queue_seqs[..] else {
            panic!("{queue_seqs:?}");
        };
        scene.execute(&format!(
            "UPDATE webhook_deliveries SET due_at = now() - interval '1 hour' WHERE queue_seq = {cyd};
             UPDATE webhook_deliveries SET due_at = now() + interval '1 hour' WHERE queue_seq = {bob}"
        ));
        let due = async |except: &[i64], limit| {
            let due = scene.stores.lanes.due(lane, except, limit).await.unwrap();
            due.into_iter().map(|due| due.queue_seq).collect::<Vec<_>>()
        };
        assert_eq!(due(&[], MANY).await, [cyd, ada, dan]);
        assert_eq!(due(&[], 2).await, [cyd, ada]);
        assert_eq!(due(&[cyd], 2).await, [ada, dan]);
        assert_eq!(due(&[cyd, ada, dan], 2).await, [0_i64; 0]);
        let again = scene.stores.lanes.due(lane, &[cyd, dan], 1).await.unwrap();
        assert_eq!(again, all[..1]);
        let none = scene.stores.lanes.due(LaneId::new(number + 1), &[], MANY).await;
        assert_eq!(none, Ok(vec![]));
    });
}

#[test]
fn a_delivery_whose_event_is_missing_is_due_without_a_body() {
    run(async {
        let scene = Scene::new().await;
        scene.destination(&[DATA], PER_USER);
        scene.create(&["ada"]).await;
        scene.sequence().await;
        scene.execute(
            "UPDATE webhook_deliveries SET event_recorded_at = event_recorded_at - interval '40 days'",
        );
        let leased = scene.lease_one().await;
        assert_eq!(leased.due.len(), 1);
        assert_eq!(leased.due[0].message.body, None);
        let result =
            scene.settle(release(&leased, vec![tried(&leased.due[0], NextStep::DeadLetter)])).await;
        assert_eq!(result.settled_before, 0);
        assert_eq!(scene.number("SELECT count(*) FROM webhook_dead_letters"), 1);
    });
}

#[test]
fn health_is_kept_for_the_next_lease_and_unreadable_health_is_healthy() {
    run(async {
        let scene = Scene::new().await;
        scene.destination(&[DATA], PER_USER);
        scene.create(&["ada"]).await;
        scene.sequence().await;
        let leased = scene.lease_one().await;
        let mut report = release(&leased, vec![]);
        report.health.concurrency = 7;
        report.health.paused_until = Some(Timestamp::UNIX_EPOCH.next_microsecond());
        let health = report.health.clone();
        scene.settle(report).await;
        let leased = scene.lease_one().await;
        assert_eq!(leased.health, health);

        scene.set_lane(
            leased.lane.number(),
            r#"health = '{"concurrency": "seven"}', lease_owner = NULL, lease_until = NULL"#,
        );
        assert_eq!(scene.lease_one().await.health, healthy());
    });
}

#[test]
fn the_lane_of_a_removed_destination_accepts_no_reports() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], PER_USER);
        scene.create(&["ada"]).await;
        let flag = testkit::to_status(UserStatus::Flagged);
        let flag = scene.tenant.change_status(testkit::by_name("ada"), flag);
        scene.tenant.write(flag).await.unwrap();
        scene.sequence().await;
        let leased = scene.lease_one().await;
        scene.execute(&format!(
            "DELETE FROM webhook_destinations WHERE id = '{}'; DELETE FROM webhook_deliveries",
            destination.id
        ));
        let attempt = tried(&leased.due[0], NextStep::Done);
        let result = scene.settle(settlement(&leased, vec![attempt])).await;
        assert_eq!(result, users_domain::ports::SettlementResult::default());
        assert_eq!(scene.number("SELECT count(*) FROM webhook_attempts"), 0);
        assert!(scene.lease().await.is_empty());
    });
}
