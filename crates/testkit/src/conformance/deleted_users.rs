//! Requirements for every `DeletedUserReader`, and for every `UserStore` that restores users.

use std::sync::Arc;

use users_domain::model::evidence::SessionStatus;
use users_domain::model::{CountMode, DeletedPosition, ListUsers, UserId, UserRecord};
use users_domain::ports::{DeletedUserReader, WriteError};
use users_domain::rules::{Patch, Rejection, UpdateUser};

use super::UserStoreSubject;
use super::at_once::at_once;
use crate::{Tenant, a_session_report, a_user, all_users, by_name, display_name, tag, vendor_data};

/// Adapters of the port under test and of the user ports.
#[derive(Clone)]
pub struct DeletedUserSubject {
    /// Writes and reads users.
    pub users: UserStoreSubject,
    /// Reads deleted users.
    pub deleted: Arc<dyn DeletedUserReader>,
}

fn place(user: &UserRecord) -> DeletedPosition {
    DeletedPosition { deleted_at: user.deleted_at.expect("a deleted user"), id: user.id }
}

/// Paging returns whole records, also with equal deletion times. It returns no user that is not deleted and none of
/// another application.
pub async fn deleted_users_are_listed_newest_first_and_no_others(subject: &DeletedUserSubject) {
    let (tenant, elsewhere) = (Tenant::of(&subject.users).await, Tenant::of(&subject.users).await);
    let mut deleted = Vec::new();
    for name in ["a", "b", "a", "c", "a"] {
        deleted.push(tenant.had(a_user(name)).await);
    }
    tenant.has(a_user("remains")).await;
    elsewhere.had(a_user("theirs")).await;
    // Several deletions in one call, with the same time.
    for name in ["d", "e", "f"] {
        tenant.has(a_user(name)).await;
    }
    let names = ["d", "e", "f"];
    let deletions = names.map(|name| tenant.delete(by_name(name))).to_vec();
    for answer in tenant.commit(deletions).await {
        deleted.push(answer.expect("a deletion").user.record);
    }
    deleted.sort_by_key(|user| std::cmp::Reverse(place(user)));
    for size in [1, 2, 100] {
        let (mut returned, mut after) = (Vec::new(), None);
        loop {
            let page = subject.deleted.list(tenant.id(), after, size).await;
            let page = page.expect("the store answers");
            assert!(page.len() <= size);
            let Some(last) = page.last() else { break };
            after = Some(place(last));
            returned.extend(page);
        }
        assert_eq!(returned, deleted, "{size}");
    }
}

/// Earlier users of the name and the current user do not matter.
pub async fn candidates_are_the_newest_of_each_name_and_the_given_ids_once(
    subject: &DeletedUserSubject,
) {
    let (tenant, elsewhere) = (Tenant::of(&subject.users).await, Tenant::of(&subject.users).await);
    let old = tenant.had(a_user("ada")).await.id;
    let newest = tenant.had(a_user("ada")).await.id;
    let present = tenant.has(a_user("ada")).await.record.id;
    let bob = tenant.had(a_user("bob")).await.id;
    let theirs = elsewhere.had(a_user("eve")).await.id;
    let ask = async |names: &[&str], ids: &[UserId]| {
        let names: Vec<_> = names.iter().map(|name| vendor_data(name)).collect();
        let found = subject.deleted.candidates(tenant.id(), &names, ids).await;
        let mut found: Vec<_> = found.expect("the store answers");
        found.sort_unstable();
        found
    };
    let (ada_named, bob_named) = (vendor_data("ada"), vendor_data("bob"));
    assert_eq!(ask(&["ada"], &[]).await, [(newest, ada_named.clone())]);
    assert_eq!(ask(&["Ada", "eve"], &[present, theirs]).await, []);
    let mut all = [(old, ada_named.clone()), (newest, ada_named), (bob, bob_named)];
    all.sort_unstable();
    assert_eq!(ask(&["ada", "bob", "ada"], &[old, newest, bob, old]).await, all);
}

/// Covers fields, metadata, tags, comments, sessions and lists.
pub async fn a_restored_user_has_everything_it_had_before(subject: &DeletedUserSubject) {
    let tenant = Tenant::of(&subject.users).await;
    tenant.has(a_user("ada")).await;
    let approval = a_session_report("s", "ada", 1, SessionStatus::Approved);
    tenant.session(approval).await.expect("no refusal");
    let edit = UpdateUser {
        display_name: Patch::Set(display_name("Ada")),
        tags: Patch::Set(vec![tag("vip"), tag("new")]),
        ..UpdateUser::default()
    };
    let edited = tenant.write(tenant.update(by_name("ada"), edit)).await;
    let before = edited.expect("an edit").user;
    let histories = tenant.histories().await;
    let question = ListUsers { count: CountMode::Exact, ..all_users() };
    let list = || subject.users.reader.list(tenant.id(), &question);
    let page = list().await.expect("the store answers");

    tenant.remove("ada").await;
    assert_eq!(tenant.find(&by_name("ada")).await, None);
    let restored = tenant.write(tenant.restore(before.record.id)).await;
    let after = restored.expect("a restoration").user;
    let mut expected = before.clone();
    expected.record.version += 2;
    expected.record.sequence += 2;
    expected.record.updated_at = after.record.updated_at;
    assert_eq!(after, expected);
    assert_eq!(tenant.find(&by_name("ada")).await, Some(expected.clone()));
    let [(record, history)] = tenant.histories().await.try_into().expect("one user");
    assert_eq!(record, expected.record);
    assert_eq!(Some(&history), histories.first().map(|(_, history)| history));
    let shown = list().await.expect("the store answers");
    assert_eq!((shown.count, shown.rows.len()), (page.count, page.rows.len()));
    tenant.assert_stored_as_decided().await;
    let again = tenant.write(tenant.restore(before.record.id)).await;
    assert!(!again.expect("nothing to do").changed);
}

/// Covers reports before the restoration and concurrent with it.
pub async fn reports_about_a_deleted_user_count_after_its_restoration(
    subject: &DeletedUserSubject,
) {
    let tenant = Arc::new(Tenant::of(&subject.users).await);
    for round in 0_u32..8 {
        let name = format!("user {round}");
        let session = format!("session {round}");
        let report = |number, status| a_session_report(&session, &name, number, status);
        let approved = tenant.session(report(1, SessionStatus::Approved)).await;
        approved.expect("no refusal");
        let id = tenant.remove(&name).await.id;
        let late = report(2, SessionStatus::Declined);
        let (one, other) = (Arc::clone(&tenant), Arc::clone(&tenant));
        let tasks: Vec<std::pin::Pin<Box<dyn Future<Output = ()> + Send>>> = vec![
            Box::pin(async move { drop(one.session(late).await.expect("no refusal")) }),
            Box::pin(async move {
                let restored = other.write(other.restore(id)).await;
                assert!(restored.expect("a restoration").changed);
            }),
        ];
        at_once(tasks).await;
        let user = tenant.find(&by_name(&name)).await.expect("the restored user");
        let counters = user.record.counters;
        assert_eq!((counters.approved_count, counters.declined_count), (0, 1));
    }
    tenant.assert_stored_as_decided().await;
}

/// Covers several mutations in one call and concurrent calls, with creations of users of the same name.
pub async fn concurrent_restores_and_creates_give_a_name_to_one_user(subject: &DeletedUserSubject) {
    let tenant = Arc::new(Tenant::of(&subject.users).await);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(tenant.had(a_user("ada")).await.id);
    }
    let taken = |answer: &Result<_, WriteError>| {
        matches!(answer, Err(WriteError::Refused(Rejection::VendorDataTaken)))
    };
    let restore_all = || ids.iter().map(|id| tenant.restore(*id)).collect();
    let answers = tenant.commit(restore_all()).await;
    assert_eq!(answers.iter().filter(|answer| taken(answer)).count(), 2);
    tenant.assert_stored_as_decided().await;
    tenant.remove("ada").await;

    let [one, other, _] = *ids.as_slice() else {
        panic!("three users were created");
    };
    let swap = vec![
        tenant.create(a_user("ada")),
        tenant.restore(one),
        tenant.delete(by_name("ada")),
        tenant.restore(other),
    ];
    let answers = tenant.commit(swap).await;
    let refused: Vec<_> = answers.iter().map(taken).collect();
    assert_eq!(
        answers.iter().filter(|answer| answer.is_err()).count(),
        refused.iter().filter(|taken| **taken).count()
    );
    tenant.assert_stored_as_decided().await;
    if tenant.find(&by_name("ada")).await.is_some() {
        tenant.remove("ada").await;
    }

    for _ in 0..5 {
        let restorers = ids.iter().map(|id| tenant.restore(*id));
        let creators = (0..2).map(|_| tenant.create(a_user("ada")));
        let tasks = restorers.chain(creators).map(|mutation| {
            let tenant = Arc::clone(&tenant);
            async move { tenant.write(mutation).await }
        });
        let answers = at_once(tasks.collect()).await;
        let won = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(won, 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| taken(answer)).count(), 4);
        tenant.remove("ada").await;
    }
    tenant.assert_stored_as_decided().await;
}
