//! Partitions of events and attempts: creation, removal, and the reported backlog.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use testkit::{release, retry, run, settlement, tried};
use users_domain::model::webhooks::{DeliveryOrdering, NextStep};
use users_domain::ports::{Backlog, BacklogReader as _, EventRetention as _, Swept};

use crate::scene::{DATA, Scene};
use crate::sql::{connect, execute};

const PER_USER: DeliveryOrdering = DeliveryOrdering::PerUser;

/// The daily partitions of a table, oldest first.
fn days(scene: &Scene, table: &str) -> Vec<String> {
    scene.lines(&format!(
        "SELECT right(relname, 8) AS line FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
         WHERE inhparent = '{table}'::regclass AND relname ~ '_[0-9]{{8}}$' ORDER BY 1"
    ))
}

/// The days from `from` to `to`, relative to today.
fn calendar(scene: &Scene, from: i64, to: i64) -> Vec<String> {
    scene.lines(&format!(
        "SELECT to_char((now() AT TIME ZONE 'UTC')::date + n, 'YYYYMMDD') AS line FROM generate_series({from}, {to}) n"
    ))
}

/// Creates the partitions and moves all events and their deliveries this many days into the past.
fn move_back(scene: &Scene, days: i64) {
    scene.execute(&format!(
        "SELECT create_partition_of(parent, col, day, true)
         FROM (VALUES ('events'::name, 'recorded_at'::name), ('webhook_attempts', 'created_at')) p (parent, col),
            LATERAL (SELECT (now() AT TIME ZONE 'UTC')::date - {days}) d (day)
         WHERE to_regclass(parent || '_' || to_char(day, 'YYYYMMDD')) IS NULL;
         UPDATE webhook_deliveries SET event_recorded_at = event_recorded_at - {days} * interval '1 day';
         UPDATE webhook_dead_letters SET event_recorded_at = event_recorded_at - {days} * interval '1 day'"
    ));
}

#[test]
fn concurrent_calls_create_each_day_ahead_once() {
    run(async {
        let scene = Scene::new().await;
        assert_eq!(days(&scene, "events"), calendar(&scene, 0, 2), "by the migrations");
        let retention = &scene.stores.retention;
        let made = tokio::join!(
            retention.create_partitions(5),
            retention.create_partitions(5),
            retention.create_partitions(5)
        );
        assert_eq!(made, (Ok(()), Ok(()), Ok(())));
        for table in ["events", "webhook_attempts"] {
            assert_eq!(days(&scene, table), calendar(&scene, 0, 5), "{table}");
        }
        assert!(retention.create_partitions(367).await.is_err(), "a mistake");
        scene.create(&["ada"]).await;
        let default = "SELECT count(*) FROM events_default";
        assert_eq!(scene.number(default), 0);
    });
}

#[test]
fn partitions_reject_changes_and_the_runtime_role_has_no_access() {
    run(async {
        let scene = Scene::new().await;
        scene.stores.retention.create_partitions(3).await.unwrap();
        let mut tables: Vec<_> =
            days(&scene, "events").iter().map(|day| format!("events_{day}")).collect();
        assert_eq!(tables.len(), 4);
        tables.push("events_default".to_owned());
        for table in tables {
            for change in [
                format!("UPDATE {table} SET sequence = 1"),
                format!("DELETE FROM {table}"),
                format!("TRUNCATE {table}"),
            ] {
                let refusal = execute(scene.database.owner_url(), &change).unwrap_err();
                assert!(refusal.to_string().ends_with("its rows are history"), "{refusal}");
                let refusal = execute(scene.database.runtime_url(), &change).unwrap_err();
                assert!(refusal.to_string().starts_with("permission denied"), "{refusal}");
            }
        }
        let day = "SELECT create_partition_of('events', 'recorded_at', '2020-01-01', true)";
        let refusal = execute(scene.database.runtime_url(), day).unwrap_err();
        assert_eq!(refusal.to_string(), "permission denied for function create_partition_of");
    });
}

#[test]
fn rows_without_a_partition_are_reported_and_moved_into_it() {
    run(async {
        let scene = Scene::new().await;
        let today = calendar(&scene, 0, 0).remove(0);
        scene.execute(&format!("DROP TABLE events_{today}"));
        scene.create(&["ada", "bob"]).await;
        let backlog = scene.stores.backlog.backlog().await.unwrap();
        assert_eq!(backlog.rows_without_partition, 2);
        scene.stores.retention.create_partitions(0).await.unwrap();
        let backlog = scene.stores.backlog.backlog().await.unwrap();
        assert_eq!(backlog.rows_without_partition, 0);
        assert_eq!(scene.number(&format!("SELECT count(*) FROM events_{today}")), 2);
        let refusal =
            execute(scene.database.owner_url(), "DELETE FROM events_default").unwrap_err();
        assert!(refusal.to_string().ends_with("its rows are history"), "{refusal}");
    });
}

/// A large number of rows is not moved: their table becomes the partition of their days.
#[test]
fn many_rows_without_a_partition_block_nothing_and_stay_visible() {
    run(async {
        let scene = Scene::new().await;
        let retention = &scene.stores.retention;
        let today = calendar(&scene, 0, 0).remove(0);
        scene.execute(&format!("DROP TABLE events_{today}"));
        scene.execute(
            "INSERT INTO events SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'user.data.updated',
                now(), now(), '{}', '-', '0', 0 FROM generate_series(1, 10001)",
        );
        retention.create_partitions(2).await.unwrap();
        let backlog = async || scene.stores.backlog.backlog().await.unwrap();
        assert_eq!(backlog().await.rows_without_partition, 10_001);

        assert_eq!(retention.sweep(30).await, Ok(Swept::default()));
        assert_eq!(backlog().await.rows_without_partition, 0);
        assert_eq!(days(&scene, "events"), calendar(&scene, 0, 2));
        scene.create(&["ada"]).await;
        let of_today = format!("SELECT count(*) FROM events_{today}");
        assert_eq!(scene.number(&of_today), 10_002);
        let default = "DELETE FROM events_default";
        for change in [format!("DELETE FROM events_{today}"), default.to_owned()] {
            let refusal = execute(scene.database.owner_url(), &change).unwrap_err();
            let refusal = refusal.to_string();
            assert!(refusal.ends_with("its rows are history"), "{refusal}");
        }
        let read = execute(scene.database.runtime_url(), &of_today).unwrap_err();
        assert!(read.to_string().starts_with("permission denied"), "{read}");
    });
}

/// Inserts events on these days: (days ago, number of events).
fn rows_outside(scene: &Scene, days: &[(i64, i64)]) {
    for (ago, number) in days {
        scene.execute(&format!(
            "INSERT INTO events SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 'user.data.updated',
                now(), now() - {ago} * interval '1 day', '{{}}', '-', '0', 0 FROM generate_series(1, {number})"
        ));
    }
}

#[test]
fn neighbouring_days_with_many_rows_share_one_partition() {
    run(async {
        let scene = Scene::new().await;
        rows_outside(&scene, &[(3, 10_001), (2, 500), (1, 10_001)]);
        let retention = &scene.stores.retention;
        retention.create_partitions(2).await.unwrap();
        let left = async || {
            let backlog = scene.stores.backlog.backlog().await.unwrap();
            backlog.rows_without_partition
        };
        assert!(left().await > 0, "no row is moved");
        assert_eq!(retention.sweep(30).await, Ok(Swept::default()));
        assert_eq!(left().await, 0);
        assert_eq!(days(&scene, "events"), calendar(&scene, -1, 2));
    });
}

#[test]
fn a_partition_of_past_days_needs_no_partition_after_it() {
    run(async {
        let scene = Scene::new().await;
        rows_outside(&scene, &[(5, 10_001)]);
        let retention = &scene.stores.retention;
        retention.create_partitions(2).await.unwrap();
        assert_eq!(retention.sweep(30).await, Ok(Swept::default()));
        assert_eq!(scene.number("SELECT count(*) FROM events_default"), 0);
    });
}

#[test]
fn one_call_makes_one_partition_and_none_while_another_process_works() {
    run(async {
        let scene = Scene::new().await;
        let both = || days(&scene, "events").len() + days(&scene, "webhook_attempts").len();
        let before = both();
        let mut runtime = connect(scene.database.runtime_url());
        for made in 1..=2 {
            runtime.batch_execute("SELECT create_partition(9)").unwrap();
            assert_eq!(both(), before + made);
        }
        let mut another = connect(scene.database.owner_url());
        another
            .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(x'726f6f6d73'::bigint)")
            .unwrap();
        assert_eq!(scene.stores.retention.create_partitions(9).await, Ok(()));
        assert_eq!(both(), before + 2);
    });
}

#[test]
fn a_day_under_a_longer_retention_of_the_owner_is_not_postponed() {
    run(async {
        let scene = Scene::new().await;
        move_back(&scene, 40);
        scene.execute("UPDATE event_retention SET days = 60");
        assert_eq!(scene.stores.retention.sweep(30).await, Ok(Swept::default()));
        scene.execute("UPDATE event_retention SET days = 7");
        let swept = Swept { days: 1, ..Swept::default() };
        assert_eq!(scene.stores.retention.sweep(30).await, Ok(swept));
    });
}

#[test]
fn partitions_in_use_are_dropped_later_and_block_nothing() {
    run(async {
        let scene = Scene::new().await;
        move_back(&scene, 40);
        let mut reader = connect(scene.database.owner_url());
        reader.batch_execute("BEGIN; SELECT count(*) FROM events").unwrap();
        let sweep = async || scene.stores.retention.sweep(30).await;
        let postponed = Swept { postponed: true, ..Swept::default() };
        assert_eq!(sweep().await, Ok(postponed));
        // Partitions exist for the days ahead, so their creation may wait too.
        assert_eq!(scene.stores.retention.create_partitions(9).await, Ok(()));
        assert_eq!(days(&scene, "webhook_attempts").len(), 11);
        reader.batch_execute("COMMIT").unwrap();

        let mut another = connect(scene.database.owner_url());
        another
            .batch_execute("BEGIN; SELECT pg_advisory_xact_lock(x'726f6f6d73'::bigint)")
            .unwrap();
        assert_eq!(sweep().await, Ok(postponed), "another process is sweeping");
        another.batch_execute("COMMIT").unwrap();
        let swept = Swept { days: 1, ..Swept::default() };
        assert_eq!(sweep().await, Ok(swept));
    });
}

#[test]
fn whole_partitions_are_dropped_after_their_retention() {
    run(async {
        let scene = Scene::new().await;
        scene.create(&["ada"]).await;
        for ago in [1, 2, 3, 4, 9] {
            move_back(&scene, ago);
        }
        let mut expected = calendar(&scene, -9, -9);
        expected.extend(calendar(&scene, -4, 2));
        assert_eq!(days(&scene, "events"), expected);
        let sweep = async |keep| scene.stores.retention.sweep(keep).await.unwrap();
        let swept = |days| Swept { days, ..Swept::default() };
        assert_eq!(sweep(30).await, swept(0));
        assert_eq!(sweep(2).await, swept(3));
        for table in ["events", "webhook_attempts"] {
            assert_eq!(days(&scene, table), calendar(&scene, -2, 2), "{table}");
        }
        assert_eq!(sweep(0).await, swept(2), "never today");
        assert_eq!(days(&scene, "events"), calendar(&scene, 0, 2));
        scene.execute("SELECT drop_partitions('infinity')");
        assert_eq!(days(&scene, "events"), calendar(&scene, 0, 2));
        assert_eq!(scene.number("SELECT count(*) FROM events"), 1);
    });
}

#[test]
fn waiting_deliveries_are_dropped_with_their_day_and_unblock_others() {
    run(async {
        let scene = Scene::new().await;
        scene.destination(&[DATA], PER_USER);
        let lane = scene.leased(&["ada", "bob"]).await;
        let attempts =
            vec![tried(&lane.due[0], retry(9_999)), tried(&lane.due[1], NextStep::DeadLetter)];
        scene.settle(release(&lane, attempts)).await;
        move_back(&scene, 9);
        scene.rename("ada", 2).await;
        scene.sequence().await;
        assert!(scene.lease().await.is_empty());

        let swept = scene.stores.retention.sweep(7).await.unwrap();
        assert_eq!(swept, Swept { days: 1, deliveries: 2, postponed: false });
        assert_eq!(scene.number("SELECT count(*) FROM webhook_dead_letters"), 0);
        let lane = scene.lease_one().await;
        assert_eq!(lane.due.len(), 1, "the next event of ada");
        assert_eq!(scene.number("SELECT count(*) FROM webhook_deliveries"), 2);
    });
}

#[test]
fn a_sweep_in_portions_ends_only_when_nothing_is_left() {
    run(async {
        let scene = Scene::new().await;
        for _ in 0..2 {
            scene.destination(&[DATA], PER_USER);
        }
        scene.create(&["ada"]).await;
        scene.sequence().await;
        let lane = scene.lease().await.remove(0);
        let given_up = tried(&lane.due[0], NextStep::DeadLetter);
        scene.settle(release(&lane, vec![given_up])).await;
        let portion = "SELECT coalesce(removed::text, 'nothing') AS line
            FROM delete_old_deliveries(now() + interval '1 hour', 10)";
        for removed in ["1", "1", "nothing"] {
            assert_eq!(scene.lines(portion), [removed]);
        }
    });
}

#[test]
fn the_backlog_reports_waiting_work_and_lane_states() {
    run(async {
        let scene = Scene::new().await;
        let watch = async || scene.stores.backlog.backlog().await.unwrap();
        assert_eq!(watch().await, Backlog::default());

        let lanes: Vec<_> =
            (0..4).map(|_| scene.lane_of(&scene.destination(&[DATA], PER_USER))).collect();
        scene.create(&["ada", "bob"]).await;
        scene.execute(
            "UPDATE outbox SET event_recorded_at = now() - interval '90 seconds' WHERE queue_seq = 1",
        );
        let waiting = watch().await;
        assert_eq!((waiting.outbox, waiting.idle_lanes), (2, 4));
        assert!(waiting.outbox_age >= Duration::from_secs(90), "{waiting:?}");

        scene.sequence().await;
        scene.rename("ada", 1).await;
        scene.sequence().await;
        let sequenced = watch().await;
        assert_eq!((sequenced.outbox, sequenced.due), (0, 8), "{sequenced:?}");
        assert_eq!(sequenced.outbox_age, Duration::ZERO);
        assert_eq!((sequenced.idle_lanes, sequenced.ready_lanes), (0, 4));

        let leased = scene.lease().await;
        let attempts = vec![tried(&leased[0].due[0], NextStep::DeadLetter)];
        scene.settle(settlement(&leased[0], attempts)).await;
        scene.set_lane(lanes[1], "disabled_reason = 'gone', disabled_at = now()");
        scene.set_lane(lanes[2], "paused_until = now() + interval '1 hour'");
        scene.end_lease(&leased[2]);
        scene.end_lease(&leased[3]);
        let later = watch().await;
        assert_eq!(
            later,
            Backlog {
                due: 4,
                dead_letters: 1,
                ready_lanes: 1,
                leased_lanes: 1,
                paused_lanes: 1,
                disabled_lanes: 1,
                ..Backlog::default()
            }
        );
    });
}

#[test]
fn recoveries_are_removed_after_their_retention() {
    run(async {
        let scene = Scene::new().await;
        let destination = scene.destination(&[DATA], PER_USER);
        let (application, id) = (destination.application, destination.id);
        scene.execute(&format!(
            "INSERT INTO webhook_recoveries (application_id, destination_id, id, since, state, created_at, finished_at)
             SELECT '{application}', '{id}', gen_random_uuid(), 'epoch', state, now() - interval '9 days', finished_at
             FROM (VALUES ('finished', now() - interval '8 days'), ('finished', now() - interval '6 days'),
                ('running', NULL)) r (state, finished_at)"
        ));
        assert_eq!(scene.stores.retention.sweep(7).await, Ok(Swept::default()));
        let left = scene.lines("SELECT state AS line FROM webhook_recoveries ORDER BY 1");
        assert_eq!(left, ["finished", "running"]);
    });
}
