//! Atomic writes of changes.

use users_domain::model::{ListUsers, SearchTerm, UserFilter, UserStatus};
use users_domain::ports::Mutation;
use users_domain::rules::{CreateUser, Patch, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, all_users, by_name, display_name, tag, to_status};

/// If every event insert fails, no kind of change writes anything. Once inserts succeed again, each is written
/// completely.
pub async fn a_change_is_written_atomically(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    for name in ["edited", "moved", "removed"] {
        tenant.has(a_user(name)).await;
    }

    subject.inspect.fail_event_inserts(true).await;
    for change in changes(&tenant) {
        let answer = tenant.try_commit(vec![change]).await;
        assert!(answer.is_err(), "an event was not written, and the store returned {answer:?}");
    }
    tenant.assert_stored_as_decided().await;
    let together = tenant.try_commit(changes(&tenant)).await;
    assert!(together.is_err(), "no event was written, and the store returned {together:?}");
    subject.inspect.fail_event_inserts(false).await;

    tenant.assert_stored_as_decided().await;
    assert_eq!(tenant.find(&by_name("created")).await, None);
    assert_eq!(found_by_search(subject, &tenant).await, [""; 0]);

    for answer in tenant.commit(changes(&tenant)).await {
        assert!(answer.expect("no refusal").changed);
    }
    tenant.assert_stored_as_decided().await;
    assert_eq!(found_by_search(subject, &tenant).await, ["created", "edited"]);
}

/// One change of each kind. After two of them, a search for "zaphod" finds their users.
fn changes(tenant: &Tenant) -> Vec<Mutation> {
    let edit = UpdateUser {
        display_name: Patch::Set(display_name("Zaphod")),
        tags: Patch::Set(vec![tag("vip")]),
        ..UpdateUser::default()
    };
    let new = CreateUser {
        display_name: Some(display_name("Zaphod")),
        tags: vec![tag("new")],
        ..a_user("created")
    };
    vec![
        tenant.update(by_name("edited"), edit),
        tenant.change_status(by_name("moved"), to_status(UserStatus::Blocked)),
        tenant.delete(by_name("removed")),
        tenant.create(new),
    ]
}

async fn found_by_search(subject: &UserStoreSubject, tenant: &Tenant) -> Vec<String> {
    let question = ListUsers {
        filter: UserFilter { search: SearchTerm::parse("zaphod").ok(), ..UserFilter::default() },
        ..all_users()
    };
    let page = subject.reader.list(tenant.id(), &question).await;
    let rows = page.expect("the store answers").rows;
    let mut names: Vec<_> = rows.iter().map(|row| row.vendor_data.as_str().to_owned()).collect();
    names.sort();
    names
}
