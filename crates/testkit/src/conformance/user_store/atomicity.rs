//! All of a change, or nothing.

use users_domain::model::{ListUsers, SearchTerm, UserFilter, UserStatus};
use users_domain::ports::Mutation;
use users_domain::rules::{CreateUser, Patch, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, all_users, by_name, display_name, tag, to_status};

/// With every insert of an event failing, each kind of change leaves no trace; once it works again, each leaves all.
pub async fn a_changed_user_its_audit_entries_its_events_and_its_search_text_are_written_together_or_not_at_all(
    subject: &UserStoreSubject,
) {
    let tenant = Tenant::of(subject).await;
    for name in ["edited", "moved", "removed"] {
        tenant.has(a_user(name)).await;
    }

    subject.inspect.fail_event_inserts(true).await;
    for change in changes(&tenant) {
        let answer = tenant.try_commit(vec![change]).await;
        assert!(
            answer.is_err(),
            "an event was not written, and the store says {answer:?}"
        );
    }
    tenant.assert_stored_as_decided().await;
    let together = tenant.try_commit(changes(&tenant)).await;
    assert!(
        together.is_err(),
        "no event was written, and the store says {together:?}"
    );
    subject.inspect.fail_event_inserts(false).await;

    tenant.assert_stored_as_decided().await;
    assert_eq!(tenant.find(&by_name("made")).await, None);
    assert_eq!(found_by_search(subject, &tenant).await, [""; 0]);

    for answer in tenant.commit(changes(&tenant)).await {
        assert!(answer.expect("no refusal").changed);
    }
    tenant.assert_stored_as_decided().await;
    assert_eq!(found_by_search(subject, &tenant).await, ["edited", "made"]);
}

/// One change of each kind; two of them make a user findable as "zaphod".
fn changes(tenant: &Tenant) -> Vec<Mutation> {
    let edit = UpdateUser {
        display_name: Patch::Set(display_name("Zaphod")),
        tags: Patch::Set(vec![tag("vip")]),
        ..UpdateUser::default()
    };
    let new = CreateUser {
        display_name: Some(display_name("Zaphod")),
        tags: vec![tag("new")],
        ..a_user("made")
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
        filter: UserFilter {
            search: SearchTerm::parse("zaphod").ok(),
            ..UserFilter::default()
        },
        ..all_users()
    };
    let page = subject.reader.list(tenant.id(), &question).await;
    let rows = page.expect("the store answers").rows;
    let mut names: Vec<_> = rows
        .iter()
        .map(|row| row.vendor_data.as_str().to_owned())
        .collect();
    names.sort();
    names
}
