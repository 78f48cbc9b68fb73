//! Requirements for every `KeyStore`.

mod decisions;
mod lookups;

use users_domain::model::{ApiKey, Application, KeyGrant, KeyId, KeyKind, Role, Timestamp};
use users_domain::ports::KeyMutation;
use users_domain::rules::keys::{KeyOutcome, decide_revoke};

use super::AccessSubject;
use crate::{a_key, a_key_entry, an_application, an_operators_context};

pub use decisions::*;
pub use lookups::*;

/// A revocation by the operator.
fn revocation(id: KeyId, at: Timestamp) -> KeyMutation {
    let context = an_operators_context(at);
    KeyMutation {
        subject: Some(id),
        at,
        decide: std::sync::Arc::new(move |facts| decide_revoke(facts, &context)),
    }
}

/// Revokes a key as the operator and returns it.
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

/// Stores a new key of this kind in this application.
async fn stored_in(subject: &AccessSubject, application: &Application, kind: KeyKind) -> ApiKey {
    let (key, _) = a_key(application, kind);
    store(subject, &key).await;
    key
}

/// Stores a new key in a new application.
async fn a_stored_key(subject: &AccessSubject) -> (Application, ApiKey) {
    let application = a_stored_application(subject).await;
    let key = stored_in(subject, &application, KeyKind::Role(Role::Admin)).await;
    (application, key)
}

async fn stored(subject: &AccessSubject, key: &ApiKey) -> KeyGrant {
    let found = subject.keys.find(key.digest).await;
    found.expect("the store answers").expect("the key")
}

/// The kinds of the audit entries of an application, sorted.
async fn audit_kinds(subject: &AccessSubject, application: &Application) -> Vec<String> {
    let entries = subject.audit.audit_entries(application.id).await;
    let mut kinds: Vec<_> = entries.into_iter().map(|entry| entry.kind).collect();
    kinds.sort_unstable();
    kinds
}
