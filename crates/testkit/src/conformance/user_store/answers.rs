//! Results of the mutations of one call.

use users_domain::model::{Json, UserKey, UserStatus};
use users_domain::ports::{Mutation, Presence, WriteError};
use users_domain::rules::{MetadataPatch, Patch, Rejection, UpdateUser};

use crate::conformance::UserStoreSubject;
use crate::{Tenant, a_user, by_name, display_name, json_object, to_status};

/// A call without mutations succeeds with no results.
pub async fn no_mutations_have_no_answers(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    assert_eq!(tenant.commit(Vec::new()).await, []);
}

/// Covers new and existing users, by name and by id, in no sorted order.
pub async fn answers_come_in_the_order_of_the_mutations(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let known = tenant.has(a_user("m")).await.record.id;
    tenant.has(a_user("d")).await;
    let batch = vec![
        tenant.create(a_user("z")),
        tenant.change_status(UserKey::Id(known), to_status(UserStatus::Flagged)),
        tenant.create(a_user("b")),
        tenant.change_status(by_name("d"), to_status(UserStatus::Blocked)),
        tenant.create(a_user("k")),
    ];
    let answers = tenant.commit(batch).await;
    let results: Vec<_> = answers
        .iter()
        .map(|answer| {
            let record = &answer.as_ref().expect("no refusal").user.record;
            (record.vendor_data.as_str(), record.status)
        })
        .collect();
    let (active, flagged) = (UserStatus::Active, UserStatus::Flagged);
    let blocked = UserStatus::Blocked;
    let expected = [("z", active), ("m", flagged), ("b", active), ("d", blocked), ("k", active)];
    assert_eq!(results, expected);
    tenant.assert_stored_as_decided().await;
}

/// One call creates, edits, flags, deletes and creates a user again. Each mutation sees the previous one.
pub async fn each_mutation_of_a_call_sees_the_outcome_of_the_previous_one(
    subject: &UserStoreSubject,
) {
    let tenant = Tenant::of(subject).await;
    let merge = |key: &str| {
        let patch = json_object([(key, Json::Bool(true))]);
        let command =
            UpdateUser { metadata: Some(MetadataPatch::Merge(patch)), ..UpdateUser::default() };
        tenant.update(by_name("ada"), command)
    };
    let batch = vec![
        tenant.create(a_user("ada")),
        merge("a"),
        merge("b"),
        tenant.change_status(by_name("ada"), to_status(UserStatus::Flagged)),
        tenant.delete(by_name("ada")),
        merge("c"),
        tenant.create(a_user("ada")),
        merge("d"),
    ];
    let answers = tenant.commit(batch).await;
    let results: Vec<_> = answers
        .iter()
        .map(|answer| {
            let user = answer.as_ref().ok().map(|written| &written.user)?;
            Some((user.record.version, user.metadata.as_str()))
        })
        .collect();
    let expected = [
        Some((1, "{}")),
        Some((2, "{\"a\":true}")),
        Some((3, "{\"a\":true,\"b\":true}")),
        Some((4, "{\"a\":true,\"b\":true}")),
        Some((5, "{\"a\":true,\"b\":true}")),
        None,
        Some((1, "{}")),
        Some((2, "{\"d\":true}")),
    ];
    assert_eq!(results, expected);
    tenant.assert_stored_as_decided().await;
}

/// One call contains refused mutations and changes of the same and other users.
pub async fn a_refusal_does_not_affect_other_mutations(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    tenant.has(a_user("taken")).await;
    let blocked = a_user("blocked");
    tenant.has(blocked).await;
    let block = tenant.change_status(by_name("blocked"), to_status(UserStatus::Blocked));
    tenant.write(block).await.expect("a change");

    let batch = vec![
        tenant.create(a_user("first")),
        tenant.create(a_user("taken")),
        tenant.change_status(by_name("taken"), to_status(UserStatus::Flagged)),
        tenant.change_status(by_name("nobody"), to_status(UserStatus::Flagged)),
        tenant.change_status(by_name("blocked"), to_status(UserStatus::Flagged)),
        tenant.change_status(by_name("blocked"), to_status(UserStatus::Active)),
        tenant.create(a_user("last")),
    ];
    let answers = tenant.commit(batch).await;
    let written: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(written, [true, false, true, false, false, true, true]);
    let refusal = |at: usize| answers.get(at).and_then(|answer| answer.as_ref().err());
    let taken = WriteError::Refused(Rejection::VendorDataTaken);
    assert_eq!(refusal(1), Some(&taken));
    let unknown = WriteError::Refused(Rejection::UserNotFound);
    assert_eq!(refusal(3), Some(&unknown));
    tenant.assert_stored_as_decided().await;
}

/// One call creates a thousand users, and another one edits them.
pub async fn a_thousand_mutations_of_one_call_are_written(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let names: Vec<_> = (0..1000).map(|number| format!("user {number}")).collect();
    let creates = names.iter().map(|name| tenant.create(a_user(name)));
    let answers = tenant.commit(creates.collect()).await;
    assert!(answers.iter().all(Result::is_ok));

    let edits = names.iter().map(|name| {
        let command =
            UpdateUser { display_name: Patch::Set(display_name(name)), ..UpdateUser::default() };
        tenant.update(by_name(name), command)
    });
    let answers = tenant.commit(edits.collect()).await;
    for (answer, name) in answers.iter().zip(&names) {
        let record = &answer.as_ref().expect("an edit").user.record;
        assert_eq!(record.effective_name(), name);
        assert_eq!(record.version, 2);
    }
    for name in ["user 0", "user 499", "user 999"] {
        let found = tenant.find(&by_name(name)).await.expect("a user");
        assert_eq!(found.record.effective_name(), name);
    }
}

/// `Mutation::expected` is only a hint.
pub async fn the_expected_presence_does_not_affect_the_outcome(subject: &UserStoreSubject) {
    let tenant = Tenant::of(subject).await;
    let expecting = |expected, mutation| Mutation { expected, ..mutation };
    let (absent, present) = (Presence::Absent, Presence::Present);
    let flag = || tenant.change_status(by_name("ada"), to_status(UserStatus::Flagged));
    let create = || tenant.create(a_user("ada"));
    let unknown = Err(WriteError::Refused(Rejection::UserNotFound));
    let taken = Err(WriteError::Refused(Rejection::VendorDataTaken));

    assert_eq!(tenant.write(expecting(absent, flag())).await, unknown);
    assert_eq!(tenant.write(expecting(absent, tenant.delete(by_name("ada")))).await, unknown);
    assert!(tenant.write(expecting(present, create())).await.is_ok());
    assert_eq!(tenant.write(expecting(present, create())).await, taken);
    assert!(tenant.write(expecting(absent, flag())).await.is_ok());
    assert!(tenant.write(expecting(absent, tenant.delete(by_name("ada")))).await.is_ok());
    tenant.assert_stored_as_decided().await;
}
