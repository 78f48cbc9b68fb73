//! Deleting many users with much data, under the default limits.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{PgIdempotencyStore, PoolConfig};
use testkit::{
    CountingEntropy, FixedClock, Tenant, a_user, base_time, by_name, metadata, run, unique_seed,
};
use users_domain::model::{Json, UserKey};
use users_domain::rules::CreateUser;
use users_domain::service::{DeleteUsers, Deletion, UserService, UserServiceLimits};

use crate::sql::{connect, execute, number};
use crate::subject::{users_on, users_over};

const USERS: usize = 200;

const CHUNK: usize = 40;

/// Users with 60 KB of metadata and 25 comments of 120 KB each: 600 MB if all are read.
const MAKE_COMMENTS: &str = "
    CREATE TEMPORARY TABLE copies AS
        SELECT e.id AS of, gen_random_uuid() AS id FROM audit_entries e, generate_series(1, 25);
    INSERT INTO audit_entries
        SELECT e.application_id, c.id, e.user_id, e.at + interval '1 second', e.actor_kind, e.actor_key, e.actor_role,
            e.operation, 'METADATA_UPDATED', e.fields, e.request_id, e.commitment
        FROM audit_entries e JOIN copies c ON c.of = e.id;
    INSERT INTO audit_details
        SELECT d.application_id, c.id, d.salt, d.detail::jsonb
            || jsonb_build_object('previous_value', big, 'new_value', big)
        FROM audit_details d JOIN copies c ON c.of = d.entry_id,
            (SELECT jsonb_build_object('metadata', jsonb_build_object('k', repeat('x', 60000))) AS big) AS b";

struct Scene {
    database: Arc<TestDatabase>,
    tenant: Tenant,
    service: UserService,
    clock: Arc<FixedClock>,
}

impl Scene {
    /// Two hundred large users. The clock is one day ahead, and the only limits are the adapter's defaults.
    async fn new() -> Self {
        let database = Arc::new(TestDatabase::migrated());
        let tenant = Tenant::of(&users_on(&database)).await;
        let large = metadata([("k", Json::String("x".repeat(60_000)))]);
        for chunk in (0..USERS).collect::<Vec<_>>().chunks(50) {
            let batch = chunk.iter().map(|user| {
                tenant.create(CreateUser {
                    metadata: large.clone(),
                    ..a_user(&format!("user {user}"))
                })
            });
            let answers = tenant.commit(batch.collect()).await;
            assert!(answers.iter().all(Result::is_ok));
        }
        execute(database.owner_url(), MAKE_COMMENTS).unwrap();

        let serving = users_over(&database, &database.pool_with(&PoolConfig::default()));
        let clock = Arc::new(FixedClock::at(base_time().plus_millis(86_400_000)));
        let service = UserService::new(
            serving.store,
            serving.reader,
            Arc::new(PgIdempotencyStore::new(database.pool())),
            clock.clone(),
            Arc::new(CountingEntropy::based_on(unique_seed())),
            UserServiceLimits {
                delete_chunk_users: CHUNK,
                delete_all_budget: Duration::from_secs(10),
                longest_hold: Duration::from_mins(1),
            },
        );
        Self { database, tenant, service, clock }
    }

    async fn delete(&self, selection: DeleteUsers) -> Deletion {
        self.service.delete(&self.tenant.caller, selection, None).await.unwrap().fresh().unwrap()
    }

    /// Asserts the number of users left, of users deleted and of audit entries for deletions.
    fn assert_stored(&self, left: usize, deleted: usize) {
        let mut owner = connect(self.database.owner_url());
        for (expression, expected) in [
            ("SELECT count(*) FROM users WHERE deleted_at IS NULL", left),
            ("SELECT count(*) FROM users WHERE deleted_at IS NOT NULL AND version = 2", deleted),
            ("SELECT count(DISTINCT user_id) FROM audit_entries e WHERE kind = 'DELETED'", deleted),
            ("SELECT count(*) FROM audit_entries e WHERE kind = 'DELETED'", deleted),
        ] {
            let expected = i64::try_from(expected).unwrap();
            assert_eq!(number(&mut owner, expression), expected, "{expression}");
        }
    }
}

fn deleted(deleted: usize, remaining: bool) -> Deletion {
    Deletion { deleted: deleted as u64, held: Vec::new(), remaining }
}

#[test]
fn heavy_users_are_deleted_by_name_in_one_call() {
    run(async {
        let scene = Scene::new().await;
        let shown = scene.tenant.find(&by_name("user 7")).await.unwrap();
        assert_eq!(shown.comments.len(), 20, "the user has comments");

        let mut names: Vec<_> = (0..USERS).map(|user| by_name(&format!("user {user}"))).collect();
        names.extend([by_name("nobody"), by_name("user 7"), UserKey::Id(shown.record.id)]);
        let repeat = names.clone();
        assert_eq!(scene.delete(DeleteUsers::Some(names)).await, deleted(USERS, false));
        scene.assert_stored(0, USERS);
        assert_eq!(scene.delete(DeleteUsers::Some(repeat)).await, deleted(0, false));
        scene.assert_stored(0, USERS);
    });
}

#[test]
fn deleting_all_stops_after_its_budget_and_the_next_call_continues() {
    run(async {
        let scene = Scene::new().await;
        scene.tenant.clock.set(base_time().plus_millis(2 * 86_400_000));
        scene.tenant.has(a_user("made meanwhile")).await;

        // The clock is read once at the start of a call and twice per chunk: the budget lasts for two chunks.
        scene.clock.tick_by(2_500_000);
        let mut sum = 0;
        let mut calls = 0;
        loop {
            let answer = scene.delete(DeleteUsers::All).await;
            sum += usize::try_from(answer.deleted).unwrap();
            calls += 1;
            if !answer.remaining {
                break;
            }
            assert!(answer.deleted > 0, "a call deleted nothing");
            assert!(answer.deleted < USERS as u64);
            scene.assert_stored(1 + USERS - sum, sum);
        }
        assert_eq!(sum, USERS);
        assert!(calls > 1, "the budget never ran out");
        scene.assert_stored(1, USERS);

        assert_eq!(scene.delete(DeleteUsers::All).await, deleted(0, false));
        let meanwhile = scene.tenant.find(&by_name("made meanwhile")).await;
        assert_eq!(meanwhile.unwrap().record.version, 1);
    });
}
