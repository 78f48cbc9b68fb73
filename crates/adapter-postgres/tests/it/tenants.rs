//! Two applications with the same names, tags and texts in one database: neither sees data of the other.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use adapter_postgres::testing::TestDatabase;
use proptest::collection::vec;
use proptest::prelude::any;
use testkit::conformance::UserStoreSubject;
use testkit::strategies::{Step, step};
use testkit::{
    Tenant, a_user, all_users, base_time, by_name, for_all, run, tag, to_status, vendor_data,
};
use users_domain::model::{
    CountMode, CountryCode, ListUsers, MetadataFilter, OrderKey, SearchTerm, User, UserFilter,
    UserKey, UserOrder, UserStatus,
};
use users_domain::ports::WriteError;
use users_domain::rules::{CreateUser, Rejection, listing};

use crate::subject::users_on;

/// One query per kind of filter, each with another order.
fn questions() -> Vec<ListUsers> {
    let metadata = MetadataFilter { key: "plan".to_owned(), values: vec!["7".to_owned()] };
    let search =
        |term| UserFilter { search: SearchTerm::parse(term).ok(), ..UserFilter::default() };
    let filters = [
        UserFilter::default(),
        search("jose"),
        search("a"),
        UserFilter { tags: vec![tag("vip")], ..UserFilter::default() },
        UserFilter { country: CountryCode::parse("ESP").ok(), ..UserFilter::default() },
        UserFilter { metadata: vec![metadata], ..UserFilter::default() },
        UserFilter {
            statuses: vec![UserStatus::Active, UserStatus::Blocked],
            ..UserFilter::default()
        },
    ];
    filters
        .into_iter()
        .zip(OrderKey::ALL.into_iter().cycle())
        .map(|(filter, key)| ListUsers {
            filter,
            order: UserOrder { key, descending: true },
            count: CountMode::Exact,
            ..all_users()
        })
        .collect()
}

/// Asserts that every response equals the domain's result for this application's users alone.
async fn assert_alone(subject: &UserStoreSubject, tenant: &Tenant) {
    let users = tenant.journal.users();
    for question in questions() {
        let page = subject.reader.list(tenant.id(), &question).await.unwrap();
        assert_eq!(page, listing::page(&users, &question), "{:?}", question.filter);
    }
    let is_there = |user: &&User| user.record.deleted_at.is_none();
    let mut own: Vec<_> = users.iter().filter(is_there).map(|u| u.record.id).collect();
    own.sort_unstable();
    let late = base_time().plus_millis(1_000_000_000);
    let ids = subject.reader.ids_made_by(tenant.id(), late, None, 1000);
    assert_eq!(ids.await, Ok(own));
    for name in ["ada", "Ada", "bob", "é/%"] {
        let own =
            users.iter().filter(is_there).find(|user| user.record.vendor_data == vendor_data(name));
        let found = tenant.find(&by_name(name)).await;
        assert_eq!(found.as_ref().map(|user| user.record.id), own.map(|user| user.record.id));
        assert!(found.is_none_or(|user| user.record.application == tenant.id()));
    }
}

#[test]
fn two_applications_with_any_steps_see_only_their_own_users() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_on(&database);
        let steps = vec((any::<bool>(), step()), 8..24);
        for_all(8, &steps, move |steps: Vec<(bool, Step)>| {
            let subject = subject.clone();
            async move {
                let one = Tenant::of(&subject).await;
                let other = Tenant::of(&subject).await;
                for (first, step) in steps {
                    let tenant = if first { &one } else { &other };
                    let mutation = tenant.mutation_of(step);
                    // Refusals are expected.
                    let _ = tenant.write(mutation).await;
                }
                for tenant in [&one, &other] {
                    assert_alone(&subject, tenant).await;
                    tenant.assert_stored_as_decided().await;
                }
            }
        })
        .await;
    });
}

#[test]
fn a_user_id_of_another_application_finds_and_changes_nothing() {
    let database = Arc::new(TestDatabase::migrated());
    run(async {
        let subject = users_on(&database);
        let (one, other) = (Tenant::of(&subject).await, Tenant::of(&subject).await);
        let command = CreateUser { tags: vec![tag("vip")], ..a_user("ada") };
        let theirs = UserKey::Id(other.has(command.clone()).await.record.id);
        let own = one.has(command).await.record;
        assert_ne!(theirs, UserKey::Id(own.id));
        assert_eq!(one.find(&theirs).await, None);
        let changes = || {
            let status = to_status(UserStatus::Blocked);
            vec![one.change_status(theirs.clone(), status), one.delete(theirs.clone())]
        };
        let mut answers = one.commit(changes()).await;
        for change in changes() {
            answers.push(one.write(change).await);
        }
        let unknown = Err(WriteError::Refused(Rejection::UserNotFound));
        assert!(answers.iter().all(|answer| *answer == unknown), "{answers:?}");
        for tenant in [&one, &other] {
            tenant.assert_stored_as_decided().await;
            assert_alone(&subject, tenant).await;
        }
    });
}
