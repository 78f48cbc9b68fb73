//! Lookup of users by key.

use users_domain::model::{UserKey, UserStatus};
use users_domain::ports::WriteError;
use users_domain::rules::{Rejection, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, by_name, to_status};

/// Covers every command except the creation, by name and by id.
pub async fn commands_on_an_unknown_user_are_refused(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let elsewhere = Tenant::of(subject).await;
    let id = elsewhere.has(a_user("ada")).await.record.id;
    for key in [by_name("ada"), UserKey::Id(id)] {
        assert_unknown(&tenant, &key).await;
    }
    elsewhere.assert_stored_as_decided().await;
}

/// Two applications each have a user "ada". Neither finds the user of the other, by name or by id.
pub async fn a_user_of_another_application_is_not_found(subject: &UserStoreSubject) {
    let (one, other) = (Tenant::of(subject).await, Tenant::of(subject).await);
    let mine = one.has(a_user("ada")).await.record;
    let theirs = other.has(a_user("ada")).await.record;
    assert_ne!(mine.id, theirs.id);
    other.has(a_user("only there")).await;

    assert_unknown(&one, &UserKey::Id(theirs.id)).await;
    assert_unknown(&one, &by_name("only there")).await;
    let flag = one.change_status(by_name("ada"), to_status(UserStatus::Flagged));
    one.write(flag).await.expect("a change");
    one.remove("ada").await;

    let untouched = other.find(&by_name("ada")).await.expect("their ada");
    assert_eq!(untouched.record, theirs);
    let rows = subject.inspect.audit_entries(one.id(), theirs.id).await;
    assert_eq!(rows, []);
    assert_eq!(subject.inspect.events(one.id(), theirs.id).await, []);
    one.assert_stored_as_decided().await;
    other.assert_stored_as_decided().await;
}

/// Each new user of the name has another id and a new history.
pub async fn a_vendor_data_can_be_reused_after_its_user_is_deleted(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let created = tenant.has(a_user("ada")).await;
        assert_eq!((created.record.version, created.record.sequence), (1, 1));
        assert_eq!(created.comments, []);
        let flag = tenant.change_status(by_name("ada"), to_status(UserStatus::Flagged));
        tenant.write(flag).await.expect("a change");
        ids.push(created.record.id);
        let deletion = tenant.write(tenant.delete(UserKey::Id(created.record.id))).await;
        assert!(deletion.expect("a deletion").user.record.deleted_at.is_some());
    }
    let last = tenant.has(a_user("ada")).await.record.id;
    ids.push(last);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
    tenant.assert_stored_as_decided().await;
}

/// Names that differ only in case, surrounding space or Unicode form are different.
pub async fn a_vendor_data_is_matched_exactly(subject: &UserStoreSubject) {
    const NAMES: [&str; 12] =
        ["ada", "Ada", "ADA", " ada", "ada ", "a da", "é", "e\u{301}", "ß", "ss", "%", "_"];
    let tenant = Tenant::of(subject).await;
    for name in NAMES {
        assert_eq!(tenant.find(&by_name(name)).await, None, "{name:?}");
        tenant.has(a_user(name)).await;
    }
    for name in NAMES {
        let found = tenant.find(&by_name(name)).await.expect("the user of this name");
        assert_eq!(found.record.vendor_data.as_str(), name);
    }
    tenant.assert_stored_as_decided().await;
}

pub(crate) async fn assert_unknown(tenant: &Tenant, key: &UserKey) {
    let unknown = Err(WriteError::Refused(Rejection::UserNotFound));
    assert_eq!(tenant.find(key).await, None);
    let commands = vec![
        tenant.update(key.clone(), UpdateUser::default()),
        tenant.change_status(key.clone(), to_status(UserStatus::Blocked)),
        tenant.delete(key.clone()),
    ];
    let mut answers = tenant.commit(commands.clone()).await;
    for command in commands {
        answers.push(tenant.write(command).await);
    }
    assert!(answers.iter().all(|answer| *answer == unknown), "{answers:?}");
}
