//! From committed changes to deliveries, and the counts used for estimates.

use diesel::connection::SimpleConnection as _;
use testkit::{Tenant, a_user, by_name, run, to_status};
use users_domain::model::UserStatus;
use users_domain::model::webhooks::DeliveryOrdering;
use users_domain::ports::{Outbox as _, Sequenced, WrongUserCount};

use crate::purge::Purging;
use crate::scene::{DATA, STATUS, Scene};
use crate::sql::connect;

const PER_USER: DeliveryOrdering = DeliveryOrdering::PerUser;

/// The stored counts of all applications.
const STORED: &str =
    "SELECT format('%s %s %s', application_id, status, users) AS line FROM user_counts
    WHERE users > 0 ORDER BY 1";

/// The expected counts.
const EXPECTED: &str =
    "SELECT format('%s %s %s', application_id, status, count(*)) AS line FROM users
    WHERE deleted_at IS NULL GROUP BY application_id, status ORDER BY 1";

#[test]
fn one_of_concurrent_rounds_works_and_an_aborted_round_changes_nothing() {
    run(async {
        let scene = Scene::new().await;
        scene.destination(&[DATA], PER_USER);
        scene.create(&["ada", "bob"]).await;

        let mut rival = connect(scene.database.runtime_url());
        rival.batch_execute("BEGIN; SELECT * FROM sequence_outbox(10)").unwrap();
        let round = scene.stores.outbox.sequence(10).await;
        assert_eq!(round, Ok(Sequenced::Elsewhere));
        // Writers do not wait for the round either.
        scene.create(&["cyd"]).await;
        rival.batch_execute("ROLLBACK").unwrap();

        assert_eq!(scene.sequence().await, (3, 3));
        assert_eq!(scene.lease_one().await.due.len(), 3);
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

#[test]
fn an_erased_user_was_not_counted() {
    run(async {
        let purging = Purging::new().await;
        purging.tenant().has(a_user("ada")).await;
        purging.tenant().has(a_user("bob")).await;
        purging.delete("ada").await;
        purging.scene.deliver().await;
        purging.purges.run(10).await;
        assert_eq!(purging.scene.lines(STORED), purging.scene.lines(EXPECTED));
        assert_eq!(purging.scene.lines(STORED).len(), 1);
    });
}

#[test]
fn wrong_counts_are_found_and_repaired_while_changes_wait() {
    run(async {
        let scene = Scene::new().await;
        let (tenant, outbox) = (&scene.tenant, &scene.stores.outbox);
        let other = Tenant::of(&scene.users).await;
        other.has(a_user("ada")).await;
        scene.create(&["ada", "bob", "cyd"]).await;
        scene.sequence().await;
        let block = tenant.change_status(by_name("bob"), to_status(UserStatus::Blocked));
        tenant.write(block).await.unwrap();
        tenant.write(tenant.delete(by_name("cyd"))).await.unwrap();
        scene.execute(&format!(
            "UPDATE user_counts SET users = 7 WHERE application_id = '{}'",
            tenant.id()
        ));
        // As of the sequenced changes: three users.
        let wrong = vec![WrongUserCount { status: UserStatus::Active, kept: 7, users: 3 }];
        for repair in [false, true] {
            let found = outbox.check_user_counts(tenant.id(), repair).await;
            assert_eq!(found.as_ref(), Ok(&wrong));
        }
        let none = outbox.check_user_counts(tenant.id(), false).await;
        assert_eq!(none, Ok(Vec::new()));
        scene.sequence().await;
        assert_eq!(scene.lines(STORED), scene.lines(EXPECTED));
    });
}

#[test]
fn a_count_that_was_wrong_stops_at_zero_and_blocks_nothing() {
    run(async {
        let scene = Scene::new().await;
        scene.create(&["ada"]).await;
        scene.sequence().await;
        scene.execute("UPDATE user_counts SET users = 0");
        let tenant = &scene.tenant;
        tenant.write(tenant.delete(by_name("ada"))).await.unwrap();
        assert_eq!(scene.sequence().await.0, 1);
        assert_eq!(scene.lines(STORED), [""; 0]);
    });
}
