//! The steps of delivery read what they need along indexes, however much waits and whatever the planner knows of it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use testkit::run;
use users_domain::model::webhooks::DeliveryOrdering;

use crate::scene::{DATA, Scene};
use crate::sql::{connect, lines, number};

/// After five executions a plan for any values takes over.
const CALLS: i64 = 8;

const BATCH: i64 = 20;

/// What the planner knows.
#[derive(Debug, Clone, Copy)]
enum Known {
    /// What there was when there was next to nothing: plans of that time are still in use.
    Once,
    /// That there is nothing.
    Nothing,
    /// What there is.
    All,
}

/// Lanes of three destinations.
struct Crowd {
    scene: Scene,
    lanes: Vec<i64>,
}

impl Crowd {
    async fn new() -> Self {
        let scene = Scene::new().await;
        let lanes = (0..3)
            .map(|_| scene.lane_of(&scene.destination(&[DATA], DeliveryOrdering::PerUser)))
            .collect();
        Self { scene, lanes }
    }

    /// So many more deliveries in each lane, every other one parked, behind `place`; and as many markers.
    fn grow(&self, events: usize, place: i64) {
        let lanes: Vec<_> = self.lanes.iter().map(i64::to_string).collect();
        self.scene.execute(&format!(
            "CREATE TEMPORARY TABLE made AS
                SELECT gen_random_uuid() AS id, n + {place} AS place FROM generate_series(1, {events}) n;
             INSERT INTO events (application_id, id, user_id, sequence, webhook_type, created_at, changed_fields,
                request_id, body, timestamp_offset)
             SELECT '{application}', id, gen_random_uuid(), 1, '{DATA}', now(), '{{}}', 'request', '{{\"timestamp\":0}}', 13
             FROM made;
             INSERT INTO outbox (order_key, version, sequence, application_id, user_id, event_id, webhook_type)
             SELECT place, 1, 1, '{application}', gen_random_uuid(), id, '{DATA}' FROM made;
             INSERT INTO webhook_deliveries
                (lane, place, order_key, due_at, event_recorded_at, application_id, event_id)
             SELECT lane, place, (place + 1) / 2, CASE WHEN place % 2 = 1 THEN recorded_at ELSE 'infinity' END, recorded_at,
                application_id, id
             FROM unnest('{{{lanes}}}'::bigint[]) lane, made JOIN events USING (id);
             UPDATE webhook_lanes SET wake_at = now()",
            application = self.scene.tenant.id(),
            lanes = lanes.join(","),
        ));
    }

    /// Runs a call several times in a transaction, among 4,000 deliveries per lane. It must read no table from end to end.
    fn run(&self, call: &str, known: Known) -> Reads {
        let mut session = connect(self.scene.database.runtime_url());
        self.scene.execute("VACUUM ANALYZE");
        self.grow(4, 1_000_000);
        if matches!(known, Known::Once) {
            for _ in 0..CALLS {
                session
                    .batch_execute(&format!("BEGIN; {call}; ROLLBACK"))
                    .unwrap();
            }
        }
        self.grow(4_000, 2_000_000);
        if matches!(known, Known::All) {
            self.scene.execute("ANALYZE");
        }
        session.batch_execute("BEGIN").unwrap();
        let before = TABLES.map(|table| fetched(&mut session, table));
        for _ in 0..CALLS {
            session.batch_execute(call).unwrap();
        }
        let through = lines(
            &mut session,
            "SELECT format('%s: %s', relname, seq_tup_read) AS line FROM pg_stat_xact_user_tables WHERE seq_scan > 0",
        );
        assert_eq!(through, [""; 0], "{known:?}: {call}");
        let mut after = TABLES.map(|table| fetched(&mut session, table));
        for (after, before) in after.iter_mut().zip(before) {
            *after = (*after - before) / CALLS;
        }
        let [deliveries, events, markers] = after;
        Reads {
            deliveries,
            events,
            markers,
        }
    }
}

const TABLES: [&str; 3] = ["webhook_deliveries", "events", "outbox"];

/// The rows of a table, with its days, that this session read along an index of late.
fn fetched(session: &mut PgConnection, table: &str) -> i64 {
    let sum = format!(
        "SELECT coalesce(sum(idx_tup_fetch), 0) FROM pg_stat_xact_user_tables WHERE relname ~ '^{table}'"
    );
    number(session, &sum)
}

/// The rows that each call read along an index.
struct Reads {
    deliveries: i64,
    events: i64,
    markers: i64,
}

/// Whatever the planner knows.
async fn each_way(check: impl Fn(&Crowd, Known)) {
    for known in [Known::Once, Known::Nothing, Known::All] {
        check(&Crowd::new().await, known);
    }
}

#[test]
fn leasing_reads_the_first_due_deliveries_alone() {
    run(each_way(|crowd, known| {
        let call = format!(
            "SELECT count(*) FROM due_of_lanes(ARRAY(SELECT lane FROM lease_due_lanes(gen_random_uuid(), '{{}}', '{{}}', 10, 1000)), {BATCH});
             SET LOCAL enable_seqscan = off;
             UPDATE webhook_lanes SET lease_owner = NULL, lease_until = NULL WHERE lane > 0;
             SET LOCAL enable_seqscan = on"
        );
        let reads = crowd.run(&call, known);
        assert_eq!(reads.deliveries, 3 * BATCH, "{known:?}");
        assert_eq!(reads.events, 3 * BATCH, "{known:?}");
    }));
}

#[test]
fn what_is_due_is_read_along_its_index_also_past_what_is_under_way() {
    run(each_way(|crowd, known| {
        let lane = crowd.lanes[0];
        let call = format!(
            "SELECT count(*) FROM due_deliveries({lane},
                ARRAY(SELECT n + 2000000 FROM generate_series(1, 200) n), {BATCH})"
        );
        let reads = crowd.run(&call, known);
        // Every other one of the 200 that are left out is due.
        assert_eq!(reads.deliveries, 100 + BATCH, "{known:?}");
        assert_eq!(reads.events, BATCH, "{known:?}");
    }));
}

#[test]
fn settling_touches_what_it_settles_and_what_comes_next() {
    run(async {
        for (outcome, only_delivered) in [
            ("delivered", true),
            ("failed", false),
            ("dead_lettered", false),
        ] {
            each_way(|crowd, known| {
                let lane = crowd.lanes[0];
                let call = format!(
                    "SELECT settle_lane_timed({lane}, 0, (
                        SELECT jsonb_agg(jsonb_build_object('nth', nth, 'id', gen_random_uuid(), 'place', place,
                            'event_id', event_id, 'recorded_at', recorded_at, 'webhook_type', webhook_type, 'number', 1,
                            'duration_ms', 1, 'outcome', '{outcome}', 'retry_ms', 5000))
                        FROM due_deliveries({lane}, '{{}}', {BATCH}) WITH ORDINALITY d (place, attempts_made,
                            recorded_at, event_id, webhook_type, body, timestamp_offset, nth)
                    ), {only_delivered}, '{{}}', NULL, NULL, true)"
                );
                let deliveries = crowd.run(&call, known).deliveries;
                // Each once to be read as due here, to be removed, and to find its follower.
                assert!(deliveries <= 4 * BATCH, "{outcome}, {known:?}: {deliveries}");
            })
            .await;
        }
    });
}

#[test]
fn sequencing_reads_the_markers_it_takes_and_one_delivery_for_each() {
    run(each_way(|crowd, known| {
        let reads = crowd.run(&format!("SELECT sequence_outbox({BATCH})"), known);
        let Reads {
            deliveries,
            markers,
            ..
        } = reads;
        assert!(markers <= 4 * BATCH, "{known:?}: {markers}");
        assert!(deliveries <= 3 * BATCH, "{known:?}: {deliveries}");
    }));
}
