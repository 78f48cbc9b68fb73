//! Leases of lanes and their due deliveries, as far as the suite of the port does not test them.

use testkit::{MANY, a_lease_request, release, run, settlement, tried};
use users_domain::model::UserStatus;
use users_domain::model::webhooks::{DeliveryOrdering, LaneEpoch, LaneId, NextStep};
use users_domain::ports::{LaneStore as _, LeaseRequest};
use users_domain::rules::webhooks::health::healthy;

use crate::scene::{DATA, Scene};

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
        let until =
            leased.leased_at.unix_micros() + i64::try_from(request.lease.as_micros()).unwrap();
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
fn unreadable_health_is_healthy() {
    run(async {
        let scene = Scene::new().await;
        scene.destination(&[DATA], PER_USER);
        let leased = scene.leased(&["ada"]).await;
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
