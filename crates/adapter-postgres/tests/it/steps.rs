//! The steps of delivery read along indexes, however much waits and whatever the planner's statistics are.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use testkit::run;
use users_domain::model::webhooks::DeliveryOrdering;

use crate::scene::{DATA, Scene};
use crate::sql::{connect, lines, number};

/// After five executions PostgreSQL may switch to a generic plan.
const CALLS: i64 = 8;

const BATCH: i64 = 20;

/// State of the planner's statistics.
#[derive(Debug, Clone, Copy)]
enum Known {
    /// Outdated: collected on an almost empty database; plans of that time are still cached.
    Once,
    /// Collected on an empty database.
    Nothing,
    /// Current.
    All,
}

/// Three destinations with their lanes.
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

    /// Adds this many deliveries to each lane, every other one parked, numbered after `queue_seq`, and as many markers.
    fn grow(&self, events: usize, queue_seq: i64) {
        let lanes: Vec<_> = self.lanes.iter().map(i64::to_string).collect();
        self.scene.execute(&format!(
            "CREATE TEMPORARY TABLE made AS
                SELECT gen_random_uuid() AS id, n + {queue_seq} AS queue_seq FROM generate_series(1, {events}) n;
             INSERT INTO events (application_id, id, user_id, sequence, webhook_type, created_at, changed_fields,
                request_id, body, timestamp_offset)
             SELECT '{application}', id, gen_random_uuid(), 1, '{DATA}', now(), '{{}}', 'request', '{{\"timestamp\":0}}', 13
             FROM made;
             INSERT INTO outbox (order_key, application_id, user_id, event_id, webhook_type)
             SELECT queue_seq, '{application}', gen_random_uuid(), id, '{DATA}' FROM made;
             INSERT INTO webhook_deliveries
                (lane, queue_seq, order_key, due_at, event_recorded_at, application_id, event_id)
             SELECT lane, queue_seq, (queue_seq + 1) / 2, CASE WHEN queue_seq % 2 = 1 THEN recorded_at ELSE 'infinity' END, recorded_at,
                application_id, id
             FROM unnest('{{{lanes}}}'::bigint[]) lane, made JOIN events USING (id);
             UPDATE webhook_lanes SET wake_at = now()",
            application = self.scene.tenant.id(),
            lanes = lanes.join(","),
        ));
    }

    /// Runs a call several times in one transaction, with 4,000 deliveries per lane. It must scan no table
    /// sequentially.
    fn run(&self, call: &str, known: Known) -> Reads {
        let mut session = connect(self.scene.database.runtime_url());
        self.scene.execute("VACUUM ANALYZE");
        self.grow(4, 1_000_000);
        if matches!(known, Known::Once) {
            for _ in 0..CALLS {
                session.batch_execute(&format!("BEGIN; {call}; ROLLBACK")).unwrap();
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
        Reads { deliveries, events, markers }
    }
}

const TABLES: [&str; 3] = ["webhook_deliveries", "events", "outbox"];

/// The number of rows of a table, including its partitions, that this session fetched through indexes.
fn fetched(session: &mut PgConnection, table: &str) -> i64 {
    let sum = format!(
        "SELECT coalesce(sum(idx_tup_fetch), 0) FROM pg_stat_xact_user_tables WHERE relname ~ '^{table}'"
    );
    number(session, &sum)
}

/// The number of rows that each call fetched through indexes.
struct Reads {
    deliveries: i64,
    events: i64,
    markers: i64,
}

/// Runs the check for each state of the statistics.
async fn each_way(check: impl Fn(&Crowd, Known)) {
    for known in [Known::Once, Known::Nothing, Known::All] {
        check(&Crowd::new().await, known);
    }
}

#[test]
fn leasing_reads_only_the_first_due_deliveries() {
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
fn due_deliveries_are_read_by_index_past_those_in_flight() {
    run(each_way(|crowd, known| {
        let lane = crowd.lanes[0];
        let call = format!(
            "SELECT count(*) FROM due_deliveries({lane},
                ARRAY(SELECT n + 2000000 FROM generate_series(1, 200) n), {BATCH})"
        );
        let reads = crowd.run(&call, known);
        // Every other one of the 200 excluded deliveries is due.
        assert_eq!(reads.deliveries, 100 + BATCH, "{known:?}");
        assert_eq!(reads.events, BATCH, "{known:?}");
    }));
}

#[test]
fn settling_reads_only_its_deliveries_and_their_followers() {
    run(async {
        for (outcome, only_delivered) in
            [("delivered", true), ("failed", false), ("dead_lettered", false)]
        {
            each_way(|crowd, known| {
                let lane = crowd.lanes[0];
                let call = format!(
                    "SELECT settle_lane({lane}, 0, (
                        SELECT jsonb_agg(jsonb_build_object('nth', nth, 'id', gen_random_uuid(), 'queue_seq', queue_seq,
                            'event_id', event_id, 'recorded_at', recorded_at, 'webhook_type', webhook_type, 'number', 1,
                            'duration_ms', 1, 'outcome', '{outcome}', 'retry_ms', 5000))
                        FROM due_deliveries({lane}, '{{}}', {BATCH}) WITH ORDINALITY d (queue_seq, attempts_made,
                            recorded_at, event_id, webhook_type, body, timestamp_offset, nth)
                    ), {only_delivered}, '{{}}', NULL, NULL, true)"
                );
                let deliveries = crowd.run(&call, known).deliveries;
                // Each delivery is read by this query, by its removal and by the search for its follower.
                assert!(deliveries <= 4 * BATCH, "{outcome}, {known:?}: {deliveries}");
            })
            .await;
        }
    });
}

#[test]
fn sequencing_reads_its_markers_and_one_delivery_for_each() {
    run(each_way(|crowd, known| {
        let reads = crowd.run(&format!("SELECT sequence_outbox({BATCH})"), known);
        let Reads { deliveries, markers, .. } = reads;
        assert!(markers <= 4 * BATCH, "{known:?}: {markers}");
        assert!(deliveries <= 3 * BATCH, "{known:?}: {deliveries}");
    }));
}
