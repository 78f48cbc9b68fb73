//! How reports of workers, including concurrent ones, change deliveries and lanes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use testkit::{MANY, release, retry, run, settlement, tried};
use tokio::task::spawn;
use users_domain::model::Timestamp;
use users_domain::model::webhooks::{DeliveryOrdering, NextStep};
use users_domain::ports::{LaneStore as _, LeasedLane, Settlement, SettlementResult};

use crate::scene::{DATA, Scene};
use crate::sql::{connect, lines, until};

const PER_USER: DeliveryOrdering = DeliveryOrdering::PerUser;

/// A leased lane with one due event for each of these users.
async fn leased(scene: &Scene, names: &[&str]) -> LeasedLane {
    scene.destination(&[DATA], PER_USER);
    let leased = scene.leased(names).await;
    assert_eq!(leased.due.len(), names.len());
    leased
}

/// The attempt log, oldest first.
fn log(scene: &Scene) -> Vec<String> {
    scene.lines(
        "SELECT concat_ws(' ', number, outcome, status_code, error, duration_ms, next_attempt_at - created_at > '0s') AS line
         FROM webhook_attempts ORDER BY created_at, id",
    )
}

fn deliveries(scene: &Scene) -> i64 {
    scene.number("SELECT count(*) FROM webhook_deliveries")
}

fn owner(settled_before: usize, unparked: usize) -> SettlementResult {
    SettlementResult { still_owner: true, taken_over: false, settled_before, unparked }
}

#[test]
fn the_shortest_and_the_longest_attempt_are_stored() {
    run(async {
        let scene = Scene::new().await;
        let lane = leased(&scene, &["ada", "bob", "cyd", "dan"]).await;
        let known = || {
            scene.lines("SELECT concat_ws(' ', min_duration_ms, max_duration_ms) AS line FROM webhook_lanes")
        };
        assert_eq!(known(), [""]);
        for (due, millis, then) in
            [(0, 40, "40 40"), (1, 7, "7 40"), (2, 20, "7 40"), (3, 90, "7 90")]
        {
            let mut attempt = tried(&lane.due[due], NextStep::Done);
            attempt.duration = Duration::from_millis(millis);
            scene.settle(settlement(&lane, vec![attempt])).await;
            assert_eq!(known(), [then]);
        }
    });
}

#[test]
fn each_outcome_has_its_effect() {
    run(async {
        let scene = Scene::new().await;
        let lane = leased(&scene, &["ada", "bob", "cyd", "dan"]).await;
        let [ada, bob, cyd, _] = &lane.due[..] else {
            panic!("{lane:?}");
        };
        let attempts = vec![
            tried(ada, NextStep::Done),
            tried(bob, retry(5)),
            tried(cyd, NextStep::DeadLetter),
        ];
        let result = scene.settle(settlement(&lane, attempts)).await;
        assert_eq!(result, owner(0, 0));
        assert_eq!(
            log(&scene),
            ["1 delivered 204 7", "1 failed 500 7 t", "1 dead_lettered timed_out 7"]
        );
        assert_eq!(deliveries(&scene), 2, "bob's and dan's");
        assert_eq!(
            scene.number(&format!(
                "SELECT count(*) FROM webhook_deliveries WHERE queue_seq = {} AND attempts_made = 1
                    AND due_at BETWEEN now() + interval '3 seconds' AND now() + interval '5 seconds'",
                bob.queue_seq
            )),
            1
        );
        assert_eq!(
            scene.lines(
                "SELECT format('%s %s %s', queue_seq, event_id, attempts_made) AS line FROM webhook_dead_letters"
            ),
            [format!("{} {} 1", cyd.queue_seq, cyd.message.event)]
        );
        assert_eq!(
            scene.lines(
                "SELECT concat_ws(' ', attempts, failures, total_duration_ms, last_attempt_at <= now()) AS line
                 FROM webhook_lanes"
            ),
            ["3 2 21 t"]
        );
        let rest = scene.stores.lanes.due(lane.lane, &[], MANY).await.unwrap();
        assert_eq!(rest, lane.due[3..]);
    });
}

#[test]
fn a_repeated_report_changes_nothing() {
    run(async {
        for next in [NextStep::Done, retry(60), NextStep::DeadLetter] {
            let scene = Scene::new().await;
            let lane = leased(&scene, &["ada", "bob"]).await;
            let attempt = tried(&lane.due[0], next);
            let first = settlement(&lane, vec![attempt.clone()]);
            scene.settle(first).await;
            let log_before = log(&scene);
            let other = tried(&lane.due[1], NextStep::Done);
            scene.settle(settlement(&lane, vec![attempt, other])).await;
            let log = log(&scene);
            assert_eq!(log[..1], log_before);
            assert_eq!(log[1..], ["1 delivered 204 7"]);
            assert_eq!(scene.number("SELECT attempts FROM webhook_lanes"), 2);
        }
    });
}

#[test]
fn a_released_lane_wakes_when_the_next_delivery_is_due() {
    run(async {
        let scene = Scene::new().await;
        let wakes = |condition: &str| {
            scene.number(&format!("SELECT count(*) FROM webhook_lanes WHERE {condition}")) == 1
        };
        let lane = leased(&scene, &["ada", "bob"]).await;
        let [ada, bob] = &lane.due[..] else {
            panic!("{lane:?}");
        };
        let attempts = vec![tried(ada, retry(600)), tried(bob, retry(300))];
        scene.settle(release(&lane, attempts)).await;
        assert!(wakes("wake_at = (SELECT min(due_at) FROM webhook_deliveries)"));
        assert!(scene.lease().await.is_empty());

        scene.execute("UPDATE webhook_lanes SET wake_at = now()");
        let lane = scene.lease_one().await;
        assert!(lane.due.is_empty(), "nothing is due yet");
        let not_before = Timestamp::parse("2099-01-01T00:00:00Z").unwrap();
        let report = Settlement { not_before: Some(not_before), ..release(&lane, vec![]) };
        scene.settle(report).await;
        assert!(wakes(
            "wake_at = '2099-01-01T00:00:00Z' AND paused_until = '2099-01-01T00:00:00Z'"
        ));

        scene.execute("UPDATE webhook_lanes SET wake_at = now(), paused_until = NULL; DELETE FROM webhook_deliveries");
        let lane = scene.lease_one().await;
        scene.settle(release(&lane, vec![])).await;
        assert!(wakes("wake_at = 'infinity' AND paused_until IS NULL"));
    });
}

/// Runs a settlement that waits for the lane while a round of sequencing has locked it.
async fn settled_during_a_round(scene: &Scene, report: Settlement) -> SettlementResult {
    let mut round = connect(scene.database.runtime_url());
    round.batch_execute("BEGIN").unwrap();
    let made = lines(&mut round, "SELECT deliveries::text AS line FROM sequence_outbox(10)");
    assert_eq!(made, ["1"]);
    let lanes = scene.stores.lanes.clone();
    let settling = spawn(async move { lanes.settle(report).await.unwrap() });
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%settle_lane%'";
    until(&mut connect(scene.database.runtime_url()), waiting, 1);
    round.batch_execute("COMMIT").unwrap();
    settling.await.unwrap()
}

/// A settlement that reads the next due time before it has the lock, or in the statement that waits for it, does not
/// see the deliveries of the round.
#[test]
fn a_lane_released_during_a_round_is_found_by_the_next_lease() {
    run(async {
        let scene = Scene::new().await;
        let lane = leased(&scene, &["ada"]).await;
        let sent = tried(&lane.due[0], NextStep::Done);
        scene.settle(settlement(&lane, vec![sent])).await;
        scene.create(&["bob"]).await;
        settled_during_a_round(&scene, release(&lane, vec![])).await;
        let found = scene.lease_one().await;
        assert_eq!(found.due.len(), 1);
    });
}

/// The round parks the follower because the earlier delivery still exists; the settlement that removes the earlier one
/// must see the follower.
#[test]
fn a_follower_sequenced_during_the_settlement_becomes_due() {
    run(async {
        let scene = Scene::new().await;
        let lane = leased(&scene, &["ada"]).await;
        scene.rename("ada", 1).await;
        let sent = tried(&lane.due[0], NextStep::Done);
        let result = settled_during_a_round(&scene, release(&lane, vec![sent])).await;
        assert_eq!(result.unparked, 1);
        let found = scene.lease_one().await;
        assert_eq!(found.due.len(), 1);
    });
}

#[test]
fn only_deliveries_safe_to_repeat_skip_the_wait_for_the_log() {
    run(async {
        let scene = Scene::new().await;
        let lane = leased(&scene, &["ada"]).await.lane.number();
        let mut session = connect(scene.database.runtime_url());
        session.batch_execute("SET synchronous_commit = on").unwrap();
        for (only_delivered, disable, expected) in
            [("true", "NULL", "off"), ("false", "NULL", "on"), ("true", "'gone'", "on")]
        {
            session
                .batch_execute(&format!(
                    "BEGIN;
                     SELECT * FROM settle_lane({lane}, 1, '[]', {only_delivered}, '{{}}', NULL, {disable}, false)"
                ))
                .unwrap();
            let setting =
                lines(&mut session, "SELECT current_setting('synchronous_commit') AS line");
            session.batch_execute("ROLLBACK").unwrap();
            assert_eq!(setting, [expected], "{only_delivered}, {disable}");
            let after = lines(&mut session, "SELECT current_setting('synchronous_commit') AS line");
            assert_eq!(after, ["on"], "only for that transaction");
        }
    });
}
