//! Neither one application nor long-running work can occupy all connections.

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{Pool, PoolConfig};
use diesel::connection::SimpleConnection as _;
use testkit::{Tenant, a_user, by_name, run, to_status};
use tokio::task::JoinSet;
use users_domain::model::UserStatus;
use users_domain::ports::{Mutation, StoreError, UserStore};

use crate::sql::{connect, until};
use crate::subject::{users_on, users_over};

const CONNECTIONS: u32 = 8;

fn pool(database: &TestDatabase) -> Pool {
    database.pool_with(&PoolConfig {
        connections: CONNECTIONS,
        checkout_timeout: Duration::from_millis(500),
        statement_timeout: Duration::from_mins(2),
        lock_timeout: Duration::from_mins(1),
        ..PoolConfig::default()
    })
}

/// Starts twice as many calls as there are connections, all of which wait for locks.
fn hold_up(
    store: &Arc<dyn UserStore>,
    tenant: &Tenant,
    changes: impl Fn() -> Vec<Mutation>,
) -> JoinSet<Result<(), StoreError>> {
    let mut calls = JoinSet::new();
    for _ in 0..CONNECTIONS * 2 {
        let (store, id, changes) = (Arc::clone(store), tenant.id(), changes());
        calls.spawn(async move { store.commit(id, changes).await.map(drop) });
    }
    calls
}

#[test]
fn an_application_whose_calls_wait_leaves_connections_to_others() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let pool = pool(&database);
        let subject = users_over(&database, &pool);
        let busy = Tenant::of(&users_on(&database)).await;
        busy.has(a_user("ada")).await;
        busy.has(a_user("bob")).await;
        let quiet = Tenant::of(&subject).await;
        quiet.has(a_user("eve")).await;
        let flag = |name: &str| busy.change_status(by_name(name), to_status(UserStatus::Flagged));
        let writes = || vec![flag("ada")];
        let batches = || vec![flag("ada"), flag("bob")];
        // While another application is active, only one batch is admitted.
        let kinds: [(&dyn Fn() -> Vec<Mutation>, i64); 2] = [(&writes, 2), (&batches, 1)];
        for (changes, waiting) in kinds {
            let mut holder = connect(database.owner_url());
            let lock = format!(
                "BEGIN; SELECT FROM users WHERE application_id = '{}' FOR UPDATE",
                busy.id().uuid()
            );
            holder.batch_execute(&lock).unwrap();
            let calls = hold_up(&subject.store, &busy, changes);
            let some_wait = format!(
                "SELECT least(count(*), {waiting}) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'"
            );
            until(&mut connect(database.runtime_url()), &some_wait, waiting);

            for _ in 0..CONNECTIONS {
                let eve = quiet.change_status(by_name("eve"), to_status(UserStatus::Flagged));
                assert!(quiet.write(eve).await.is_ok());
                let found = subject.reader.find(quiet.id(), &by_name("eve")).await;
                assert!(matches!(found, Ok(Some(_))), "{found:?}");
            }
            assert_eq!(pool.refused(), 0, "others were refused");

            holder.batch_execute("COMMIT").unwrap();
            assert!(calls.join_all().await.iter().any(Result::is_ok));
        }
    });
}
