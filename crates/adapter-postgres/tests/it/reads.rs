//! Reads that may scan many rows have their own timeout.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use adapter_postgres::PoolConfig;
use adapter_postgres::testing::TestDatabase;
use diesel::connection::SimpleConnection as _;
use testkit::conformance::UserStoreSubject;
use testkit::{Tenant, a_user, by_name, run};
use users_domain::model::{
    Count, CountMode, ListUsers, PageSize, PageStart, UserFilter, UserOrder, UserPage,
};
use users_domain::ports::StoreError;

use crate::sql::{connect, execute};
use crate::subject::{users_on, users_over};

/// A subject on which statements that match `slow` take a minute, and reads may take half a second.
async fn subject(slow: &str) -> (Arc<TestDatabase>, UserStoreSubject, Tenant) {
    let database = Arc::new(TestDatabase::migrated());
    let tenant = Tenant::of(&users_on(&database)).await;
    for name in ["ada", "bob", "eve"] {
        tenant.has(a_user(name)).await;
    }
    let policy = format!(
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY;
         CREATE POLICY slow ON users
         USING (CASE WHEN current_query() LIKE '{slow}' THEN pg_sleep(60)::text = '' ELSE true END)"
    );
    execute(database.owner_url(), &policy).unwrap();
    let config = PoolConfig {
        connections: 1,
        read_timeout: Duration::from_millis(500),
        statement_timeout: Duration::from_mins(2),
        lock_timeout: Duration::from_mins(1),
        call_timeout: Duration::from_mins(3),
        checkout_timeout: Duration::from_mins(3),
        ..PoolConfig::default()
    };
    let subject = users_over(&database, &database.pool_with(&config));
    (database, subject, tenant)
}

async fn list(
    subject: &UserStoreSubject,
    tenant: &Tenant,
    start: PageStart,
    count: CountMode,
) -> Result<UserPage, StoreError> {
    let question = ListUsers {
        filter: UserFilter::default(),
        order: UserOrder::DEFAULT,
        start,
        size: PageSize::new(1).unwrap(),
        count,
    };
    subject.reader.list(tenant.id(), &question).await
}

#[test]
fn a_read_over_its_timeout_fails_and_leaves_a_usable_connection() {
    run(async {
        let (_database, subject, tenant) = subject("%OFFSET%").await;
        let deep = list(&subject, &tenant, PageStart::Offset(1), CountMode::None).await;
        assert_eq!(deep, Err(StoreError::TooSlow));
        let first = list(&subject, &tenant, PageStart::First, CountMode::Exact).await;
        assert_eq!(first.unwrap().count, Count::Exactly(3));
        let found = subject.reader.find(tenant.id(), &by_name("ada")).await;
        assert!(found.unwrap().is_some());
    });
}

#[test]
fn a_count_over_its_timeout_is_a_lower_bound_from_the_page() {
    run(async {
        let (_database, subject, tenant) = subject("SELECT count(*)%").await;
        for count in [CountMode::Exact, CountMode::Capped] {
            let first = list(&subject, &tenant, PageStart::First, count).await.unwrap();
            assert_eq!((first.rows.len(), first.count), (1, Count::AtLeast(2)));
            let second = list(&subject, &tenant, PageStart::Offset(1), count).await;
            assert_eq!(second.unwrap().count, Count::AtLeast(3));
            let last = list(&subject, &tenant, PageStart::Offset(2), count).await;
            assert_eq!(last.unwrap().count, Count::Exactly(3), "the page is the last");
        }
    });
}

#[test]
fn a_read_that_waits_for_a_lock_is_unavailable_and_not_too_slow() {
    run(async {
        let (database, subject, tenant) = subject("").await;
        let mut holder = connect(database.owner_url());
        holder.batch_execute("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE").unwrap();
        let answer = list(&subject, &tenant, PageStart::First, CountMode::None).await;
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    });
}
