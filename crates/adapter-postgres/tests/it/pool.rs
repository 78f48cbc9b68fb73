//! A busy, slow or unreachable database: callers get an error in time, and calls work again afterwards.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_postgres::testing::{PgStores, TestDatabase, cluster};
use adapter_postgres::{InvalidUrl, MigrateError, Pool, PoolConfig, migrate};
use diesel::PgConnection;
use diesel::connection::SimpleConnection as _;
use embedded_postgres::testing::dir_until_end;
use embedded_postgres::{EmbeddedCluster, EmbeddedOptions};
use testkit::conformance::UserStoreSubject;
use testkit::{
    PlainEncoder, Tenant, a_user, an_application, by_name, display_name, run, to_status,
};
use users_domain::model::UserStatus;
use users_domain::ports::{ApplicationStore as _, StoreError};
use users_domain::rules::{Patch, UpdateUser};

use crate::sql::{connect, number, until};
use crate::subject::{users_on, users_over};

/// Time limit for awaited conditions.
const LIMIT: Duration = Duration::from_secs(30);

/// Sessions of the current role that wait for a lock; the waits of other roles' sessions are not visible.
const WAITING: &str = "SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'";

fn is_unavailable<T: std::fmt::Debug>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unavailable { .. }))
}

/// A session that locks all users until its transaction ends.
fn holding_all_users(database: &TestDatabase) -> PgConnection {
    let mut session = connect(database.owner_url());
    session.batch_execute("BEGIN; SELECT FROM users FOR UPDATE").unwrap();
    session
}

async fn find(subject: &UserStoreSubject, tenant: &Tenant) -> Result<(), StoreError> {
    let found = subject.reader.find(tenant.id(), &by_name("ada")).await?;
    assert!(found.is_some());
    Ok(())
}

#[test]
fn callers_get_an_error_in_time_while_every_connection_is_in_use() {
    const CHECKOUT: Duration = Duration::from_millis(300);

    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_over(
            &database,
            &database.pool_with(&PoolConfig {
                connections: 1,
                checkout_timeout: CHECKOUT,
                statement_timeout: LIMIT * 2,
                lock_timeout: LIMIT,
                ..PoolConfig::default()
            }),
        );
        let tenant = Arc::new(Tenant::of(&users_on(&database)).await);
        tenant.has(a_user("ada")).await;
        let mut holder = holding_all_users(&database);
        let (store, id) = (Arc::clone(&subject.store), tenant.id());
        let command =
            UpdateUser { display_name: Patch::Set(display_name("Ada")), ..UpdateUser::default() };
        let change = tenant.update(by_name("ada"), command);
        let writer = tokio::spawn(async move { store.commit(id, vec![change]).await });
        until(&mut connect(database.runtime_url()), WAITING, 1);

        let asked = Instant::now();
        let answer = find(&subject, &tenant).await;
        assert!(is_unavailable(&answer), "{answer:?}");
        assert!(asked.elapsed() >= CHECKOUT, "the call did not wait at all");
        assert!(asked.elapsed() < CHECKOUT + Duration::from_secs(5));

        holder.batch_execute("COMMIT").unwrap();
        let answers = writer.await.unwrap().unwrap();
        assert!(answers.into_iter().all(|answer| answer.unwrap().changed));
        assert_eq!(find(&subject, &tenant).await, Ok(()));
    });
}

#[test]
fn a_lock_timeout_fails_the_call_and_writes_nothing() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_over(
            &database,
            &database.pool_with(&PoolConfig {
                checkout_timeout: LIMIT,
                statement_timeout: LIMIT * 2,
                lock_timeout: Duration::from_millis(200),
                ..PoolConfig::default()
            }),
        );
        let tenant = Tenant::of(&subject).await;
        tenant.has(a_user("ada")).await;
        tenant.has(a_user("bob")).await;
        let flag = |name| tenant.change_status(by_name(name), to_status(UserStatus::Flagged));
        let mut holder = holding_all_users(&database);
        for batch in [vec![flag("ada")], vec![flag("ada"), flag("bob")]] {
            let asked = Instant::now();
            let answer = tenant.try_commit(batch).await;
            assert!(is_unavailable(&answer), "{answer:?}");
            assert!(asked.elapsed() < LIMIT);
        }
        assert_eq!(find(&subject, &tenant).await, Ok(()), "readers do not wait");
        holder.batch_execute("COMMIT").unwrap();
        tenant.assert_stored_as_decided().await;
        assert!(tenant.write(flag("ada")).await.unwrap().changed);
        tenant.assert_stored_as_decided().await;
    });
}

fn start(options: &EmbeddedOptions) -> EmbeddedCluster {
    EmbeddedCluster::start(options, &|_| {}).unwrap()
}

#[test]
fn calls_fail_while_the_server_is_down_and_work_after_its_restart() {
    let mut options =
        EmbeddedOptions::durable("users", dir_until_end(cluster()).unwrap().join("away"));
    options.extra_settings.push(("fsync".to_owned(), "off".to_owned()));
    let cluster = start(&options);
    let (owner, runtime) = (cluster.owner_url(), cluster.runtime_url());
    migrate(&owner, &runtime).unwrap();
    let config = PoolConfig {
        connections: 2,
        checkout_timeout: Duration::from_secs(1),
        ..PoolConfig::default()
    };
    run(async {
        let over = |pool: &Pool| PgStores::over(pool, Arc::new(PlainEncoder)).applications;
        let applications = over(&Pool::new(&runtime, &config).unwrap());
        let application = an_application();
        assert_eq!(applications.add(application.clone()).await, Ok(true));

        cluster.stop().unwrap();
        for _ in 0..2 {
            let answer = applications.find(application.id).await;
            assert!(is_unavailable(&answer), "{answer:?}");
        }
        // Created while the server is down. Once that is known, calls fail without a wait.
        let patient = PoolConfig { checkout_timeout: LIMIT, ..config.clone() };
        let late = over(&Pool::new(&runtime, &patient).unwrap());
        let asked = Instant::now();
        for _ in 0..2 {
            assert!(is_unavailable(&late.find(application.id).await));
        }
        assert!(asked.elapsed() < LIMIT, "the calls waited");
        assert!(matches!(migrate(&owner, &runtime), Err(MigrateError::Connect { .. })));

        let _cluster = start(&options);
        for applications in [applications, late] {
            let deadline = Instant::now() + LIMIT;
            let found = loop {
                match applications.find(application.id).await {
                    Err(StoreError::Unavailable { .. }) if Instant::now() < deadline => {}
                    answer => break answer,
                }
            };
            assert_eq!(found, Ok(Some(application.clone())));
        }
    });
}

#[test]
fn lost_connections_cost_at_most_one_failure_each() {
    const CONNECTIONS: u32 = 3;

    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_over(
            &database,
            &database.pool_with(&PoolConfig {
                connections: CONNECTIONS,
                checkout_timeout: LIMIT,
                ..PoolConfig::default()
            }),
        );
        let tenant = Tenant::of(&subject).await;
        tenant.has(a_user("ada")).await;
        // A role may terminate its own sessions.
        let mut runtime = connect(database.runtime_url());
        let sessions = "FROM pg_stat_activity
            WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()";
        for _ in 0..3 {
            until(&mut runtime, &format!("SELECT count(*) {sessions}"), CONNECTIONS.into());
            let ended = number(
                &mut runtime,
                &format!(
                    "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 10000)) {sessions}"
                ),
            );
            assert_eq!(ended, i64::from(CONNECTIONS));
            let mut failures = 0;
            while let Err(error) = find(&subject, &tenant).await {
                failures += 1;
                assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
                assert!(failures <= CONNECTIONS, "the pool does not recover");
            }
            assert!(failures > 0, "no connection was lost");
            for _ in 0..CONNECTIONS * 2 {
                assert_eq!(find(&subject, &tenant).await, Ok(()));
            }
        }
        let flag = tenant.change_status(by_name("ada"), to_status(UserStatus::Flagged));
        assert!(tenant.write(flag).await.unwrap().changed);
        tenant.assert_stored_as_decided().await;
    });
}

#[test]
fn invalid_urls_are_rejected_at_once() {
    for url in ["", "users", "mysql://localhost/users", "host=localhost", "postgres://h/\0"] {
        let pool = Pool::new(url, &PoolConfig::default());
        assert_eq!(pool.err(), Some(InvalidUrl::Form), "{url:?}");
        assert!(matches!(migrate(url, url), Err(MigrateError::Url(InvalidUrl::Form))));
    }
}
