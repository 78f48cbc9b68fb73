//! What every `KeyStore` must do.

mod decisions;
mod lookups;

use users_domain::model::{ApiKey, Application, KeyGrant, KeyId, KeyKind, Role, Timestamp};
use users_domain::ports::KeyMutation;
use users_domain::rules::keys::{KeyOutcome, decide_revoke};

use super::AccessSubject;
use crate::{a_key, a_key_entry, an_application, an_operators_context};

pub use decisions::{
    a_decision_sees_the_key_it_is_about_and_all_that_live,
    decisions_at_once_are_made_one_after_the_other,
    keys_and_their_audit_entries_are_written_together_or_not_at_all,
    the_last_owner_key_survives_revocations_of_all_at_once,
    what_is_refused_or_changes_nothing_leaves_nothing_behind,
    what_is_written_of_a_key_leaves_its_uses_alone,
};
pub use lookups::{
    a_key_is_found_with_the_settings_of_its_application,
    a_key_of_another_application_is_neither_found_nor_touched,
    a_key_that_was_revoked_before_keeps_its_earlier_time,
    adding_a_key_whose_digest_exists_even_revoked_changes_nothing,
    an_unknown_key_is_neither_found_nor_touched, keys_are_listed_oldest_first,
    last_used_at_never_runs_backwards_and_is_not_written_more_often_than_once_a_minute,
    of_ended_keys_the_latest_are_listed,
};

/// A revocation by the operator.
fn revocation(id: KeyId, at: Timestamp) -> KeyMutation {
    let context = an_operators_context(at);
    KeyMutation {
        subject: Some(id),
        at,
        decide: std::sync::Arc::new(move |facts| decide_revoke(facts, &context)),
    }
}

/// The key as it is after the operator revoked it.
async fn revoked(subject: &AccessSubject, key: &ApiKey, at: Timestamp) -> ApiKey {
    let mutation = revocation(key.id, at);
    let outcome = subject.keys.commit(key.application, mutation).await;
    match outcome.expect("the store answers") {
        KeyOutcome::Changed(set) => set.changed().cloned().expect("the key"),
        KeyOutcome::Unchanged(key) => *key,
        KeyOutcome::Refused(rejection) => panic!("not revoked: {rejection}"),
    }
}

async fn a_stored_application(subject: &AccessSubject) -> Application {
    let application = an_application();
    let added = subject.applications.add(application.clone()).await;
    assert_eq!(added, Ok(true));
    application
}

async fn store(subject: &AccessSubject, key: &ApiKey) {
    let added = subject.keys.add(key.clone(), a_key_entry(key)).await;
    assert_eq!(added, Ok(true));
}

/// A key of this kind in this application.
async fn stored_in(subject: &AccessSubject, application: &Application, kind: KeyKind) -> ApiKey {
    let (key, _) = a_key(application, kind);
    store(subject, &key).await;
    key
}

/// A key in an application of its own.
async fn a_stored_key(subject: &AccessSubject) -> (Application, ApiKey) {
    let application = a_stored_application(subject).await;
    let key = stored_in(subject, &application, KeyKind::Role(Role::Admin)).await;
    (application, key)
}

async fn stored(subject: &AccessSubject, key: &ApiKey) -> KeyGrant {
    let found = subject.keys.find(key.digest).await;
    found.expect("the store answers").expect("the key")
}

/// The words of the activities that are entered about an application, sorted.
async fn entered(subject: &AccessSubject, application: &Application) -> Vec<String> {
    let entries = subject.audit.audit_entries(application.id).await;
    let mut words: Vec<_> = entries.into_iter().map(|entry| entry.kind).collect();
    words.sort_unstable();
    words
}

/// Makes one test per clause of a `KeyStore`. Takes the path of an asynchronous function that makes an
/// [`AccessSubject`].
#[macro_export]
macro_rules! key_store_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            keys,
            [
                a_decision_sees_the_key_it_is_about_and_all_that_live,
                a_key_is_found_with_the_settings_of_its_application,
                a_key_of_another_application_is_neither_found_nor_touched,
                a_key_that_was_revoked_before_keeps_its_earlier_time,
                adding_a_key_whose_digest_exists_even_revoked_changes_nothing,
                an_unknown_key_is_neither_found_nor_touched,
                decisions_at_once_are_made_one_after_the_other,
                keys_and_their_audit_entries_are_written_together_or_not_at_all,
                keys_are_listed_oldest_first,
                last_used_at_never_runs_backwards_and_is_not_written_more_often_than_once_a_minute,
                of_ended_keys_the_latest_are_listed,
                the_last_owner_key_survives_revocations_of_all_at_once,
                what_is_refused_or_changes_nothing_leaves_nothing_behind,
                what_is_written_of_a_key_leaves_its_uses_alone,
            ]
        );
    };
}
