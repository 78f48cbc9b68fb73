//! An error in one mutation of a call does not affect the others.

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use testkit::{Tenant, a_user, by_name, run};
use tokio::task::spawn;
use users_domain::ports::{FactsSpec, Mutation, Presence, StoreError};

use crate::sql::{connect, execute, number};
use crate::subject::users_on;

#[test]
fn a_rejected_row_does_not_affect_the_other_rows_of_its_call() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let subject = users_on(&database);
        let tenant = Tenant::of(&subject).await;
        // Ids in the body cannot match, because the word is not hexadecimal.
        let bad_one = "ALTER TABLE events ADD CONSTRAINT refused CHECK (body NOT LIKE '%wrong%')";
        execute(database.owner_url(), bad_one).unwrap();

        let creates = ["first", "wrong", "last"].map(|name| tenant.create(a_user(name)));
        let Err(StoreError::Defect { reason }) = tenant.try_commit(creates.to_vec()).await else {
            panic!("the call reports the missing row");
        };
        // The table in the message is the partition of the day.
        assert!(
            reason.starts_with("a constraint refused a row, SQLSTATE 23514, table events_"),
            "{reason}"
        );

        assert!(tenant.find(&by_name("first")).await.is_some());
        assert!(tenant.find(&by_name("last")).await.is_some());
        assert!(tenant.find(&by_name("wrong")).await.is_none());
        let alone = tenant.try_commit(vec![tenant.create(a_user("wrong"))]).await;
        assert!(matches!(alone, Err(StoreError::Defect { .. })));
    });
}

#[test]
fn a_rejected_row_does_not_end_a_call_of_several_transactions() {
    const USERS: usize = 320;

    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let subject = users_on(&database);
        let tenant = Tenant::of(&subject).await;
        let bad_ones =
            "ALTER TABLE users ADD CONSTRAINT refused CHECK (vendor_data NOT LIKE 'wrong%');
            ALTER TABLE users ADD CONSTRAINT refused_too CHECK (vendor_data <> 'worse')";
        execute(database.owner_url(), bad_ones).unwrap();

        let create = |number| {
            let name = match number {
                7 | 250 => format!("wrong {number}"),
                299 => "worse".to_owned(),
                _ => format!("user {number}"),
            };
            tenant.create(a_user(&name))
        };
        let answers = tenant.try_commit((0..USERS).map(create).collect()).await;
        let Err(StoreError::Defect { reason }) = answers else {
            panic!("the call reports the missing rows: {answers:?}");
        };
        assert_eq!(
            reason, "a constraint refused a row, SQLSTATE 23514, table users, constraint refused",
            "the first error is reported"
        );
        let mut owner = connect(database.owner_url());
        assert_eq!(number(&mut owner, "SELECT count(*) FROM users"), 317);
    });
}

#[test]
fn a_panicking_decision_panics_at_its_caller_and_leaves_no_transaction() {
    run(async {
        let database = Arc::new(TestDatabase::migrated());
        let subject = users_on(&database);
        let tenant = Tenant::of(&subject).await;
        for name in ["ada", "bob"] {
            tenant.has(a_user(name)).await;
        }
        // More often than the pool has connections: none of them may stay in a transaction.
        for _ in 0..5 {
            let panics = Mutation {
                key: by_name("ada"),
                expected: Presence::Present,
                facts: FactsSpec::default(),
                decide: Arc::new(|_| panic!("a rule with a defect")),
            };
            let mutations = vec![tenant.delete(by_name("bob")), panics];
            let (store, application) = (Arc::clone(&subject.store), tenant.id());
            let commit = async move { store.commit(application, mutations).await };
            let Err(failed) = spawn(commit).await else {
                panic!("the panic was swallowed");
            };
            assert_eq!(failed.into_panic().downcast_ref(), Some(&"a rule with a defect"));
        }
        assert!(tenant.find(&by_name("bob")).await.is_some());
        tenant.write(tenant.delete(by_name("bob"))).await.unwrap();
    });
}
