//! Reads return committed data, no deleted users and no users of other applications.

use users_domain::model::{CountMode, ListUsers, SearchTerm, UserFilter, UserKey, UserStatus};
use users_domain::rules::{Patch, UpdateUser};

use super::population::assert_page;
use crate::conformance::UserStoreSubject;
use crate::conformance::user_store::names::assert_unknown;
use crate::{Tenant, a_user, all_users, base_time, by_name, display_name, to_status};

/// Covers reads by key, pages and searches after each write.
pub async fn reads_show_everything_committed_before_the_request(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    for round in 0..10 {
        let name = format!("user {round}");
        tenant.has(a_user(&name)).await;
        assert_shown(subject, &tenant, &name).await;
        let rename = UpdateUser {
            display_name: Patch::Set(display_name(&format!("Name {round}"))),
            ..UpdateUser::default()
        };
        tenant.write(tenant.update(by_name(&name), rename)).await.expect("an edit");
        assert_shown(subject, &tenant, &format!("name {round}")).await;
        let flag = tenant.change_status(by_name(&name), to_status(UserStatus::Flagged));
        tenant.write(flag).await.expect("a change");
        assert_shown(subject, &tenant, "name").await;
        if round % 3 == 0 {
            tenant.remove(&name).await;
            assert_shown(subject, &tenant, "user").await;
        }
    }
}

async fn assert_shown(subject: &UserStoreSubject, tenant: &Tenant, term: &str) {
    tenant.assert_stored_as_decided().await;
    let search = SearchTerm::parse(term).ok();
    for search in [None, search] {
        let filter = UserFilter { search, ..UserFilter::default() };
        let question = ListUsers { filter, count: CountMode::Exact, ..all_users() };
        assert_page(subject, tenant, &question).await;
    }
}

/// Covers keys, pages, lists of ids and commands.
pub async fn deleted_users_are_absent_from_every_read(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let deleted = tenant.has(a_user("erased")).await.record;
    let remaining = tenant.has(a_user("remaining")).await.record;
    tenant.remove("erased").await;

    for key in [by_name("erased"), UserKey::Id(deleted.id)] {
        assert_unknown(&tenant, &key).await;
    }
    let page = subject.reader.list(tenant.id(), &all_users()).await;
    let page = page.expect("the store answers");
    assert_eq!(page.rows, std::slice::from_ref(&remaining));
    let late = base_time().plus_millis(1_000_000_000);
    let ids = subject.reader.ids_made_by(tenant.id(), late, None, 10).await;
    assert_eq!(ids, Ok(vec![remaining.id]));
    tenant.assert_stored_as_decided().await;
}

/// Two applications have users of the same names. Covers keys, pages, searches, counts and lists of ids.
pub async fn no_read_shows_a_user_of_another_application(subject: &UserStoreSubject) {
    let (one, other) = (Tenant::of(subject).await, Tenant::of(subject).await);
    for tenant in [&one, &other] {
        for name in ["ada", "bob"] {
            tenant.has(a_user(name)).await;
        }
    }
    let only_there = other.has(a_user("eve")).await.record.id;
    assert_eq!(one.find(&by_name("eve")).await, None);
    assert_eq!(one.find(&UserKey::Id(only_there)).await, None);
    for tenant in [&one, &other] {
        for term in ["ada", "a", "eve", "ev"] {
            assert_shown(subject, tenant, term).await;
        }
        let late = base_time().plus_millis(1_000_000_000);
        let ids = subject.reader.ids_made_by(tenant.id(), late, None, 10).await;
        let mut own: Vec<_> = tenant.journal.users().iter().map(|user| user.record.id).collect();
        own.sort_unstable();
        assert_eq!(ids, Ok(own));
    }
    let empty = Tenant::of(subject).await;
    assert_page(subject, &empty, &ListUsers { count: CountMode::Exact, ..all_users() }).await;
}
