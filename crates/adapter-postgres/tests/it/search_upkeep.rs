//! Search texts of an older build are rebuilt in portions, alongside concurrent writes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use adapter_postgres::{PgSearchUpkeep, migrate};
use diesel::connection::SimpleConnection as _;
use testkit::conformance::UserStoreSubject;
use testkit::{Tenant, a_user, all_users, by_name, display_name, run};
use users_domain::model::{ListUsers, OrderKey, SearchTerm, UserFilter, UserOrder};
use users_domain::ports::SearchUpkeep as _;
use users_domain::rules::{CreateUser, listing};

use crate::sql::{connect, execute, number};
use crate::subject::users_on;

const OUTDATED: &str = "SELECT count(*) FROM user_search WHERE norm_version <> 3";

/// Leaves the texts as an older build wrote them.
const LEAVE: &str = "
    UPDATE user_search SET body = 'old', short_grams = '{}', norm_version = 1;
    UPDATE users SET display_sort = '1old' WHERE display_name IS NOT NULL";

async fn populated(subject: &UserStoreSubject) -> Tenant {
    let tenant = Tenant::of(subject).await;
    for (vendor_data, name) in [("a", "Łukasz"), ("b", "lena"), ("c", "Æsa"), ("d", "Aaron")] {
        let command = CreateUser { display_name: Some(display_name(name)), ..a_user(vendor_data) };
        tenant.has(command).await;
    }
    tenant.has(a_user("nameless")).await;
    tenant.write(tenant.delete(by_name("d"))).await.unwrap();
    tenant
}

/// Asserts that searches and the order of names match those of users written by this build.
async fn assert_up_to_date(subject: &UserStoreSubject, tenant: &Tenant) {
    let order = UserOrder { key: OrderKey::DisplayName, descending: false };
    for term in [None, Some("lukasz"), Some("ae"), Some("l"), Some("old")] {
        let question = ListUsers {
            filter: UserFilter {
                search: term.map(|term| SearchTerm::parse(term).unwrap()),
                ..UserFilter::default()
            },
            order,
            ..all_users()
        };
        let expected = listing::page(&tenant.journal.users(), &question);
        let page = subject.reader.list(tenant.id(), &question).await;
        assert_eq!(page, Ok(expected), "{term:?}");
    }
}

#[test]
fn texts_of_an_older_build_are_rebuilt_in_portions() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_on(&database);
        let tenant = populated(&subject).await;
        let mut owner = connect(database.owner_url());
        owner.batch_execute(LEAVE).unwrap();
        let upkeep = PgSearchUpkeep::new(database.pool());
        for renewed in [2, 2, 1, 0] {
            assert_eq!(upkeep.renew_texts(2).await, Ok(renewed));
        }
        assert_eq!(number(&mut owner, OUTDATED), 0);
        assert_up_to_date(&subject, &tenant).await;
    });
}

#[test]
fn a_user_locked_by_another_transaction_is_left_for_later() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_on(&database);
        let tenant = populated(&subject).await;
        let mut owner = connect(database.owner_url());
        owner.batch_execute(LEAVE).unwrap();
        let hold = "BEGIN; SELECT FROM users WHERE vendor_data = 'b' FOR UPDATE";
        owner.batch_execute(hold).unwrap();
        let upkeep = PgSearchUpkeep::new(database.pool());
        assert_eq!(upkeep.renew_texts(10).await, Ok(4));
        assert_eq!(upkeep.renew_texts(10).await, Ok(0));
        owner.batch_execute("COMMIT").unwrap();
        assert_eq!(upkeep.renew_texts(10).await, Ok(1));
        assert_up_to_date(&subject, &tenant).await;
    });
}

#[test]
fn migrating_rebuilds_texts() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_on(&database);
        let tenant = populated(&subject).await;
        execute(database.owner_url(), LEAVE).unwrap();
        let migrated = || migrate(database.owner_url(), database.runtime_url()).unwrap();
        let report = migrated();
        assert_eq!((report.renewed_texts, report.outdated_texts), (5, false));
        assert_eq!(migrated().renewed_texts, 0);
        assert_up_to_date(&subject, &tenant).await;
    });
}
