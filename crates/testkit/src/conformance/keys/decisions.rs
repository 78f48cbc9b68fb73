//! Decisions about the keys of an application.

use std::sync::{Arc, Mutex};

use users_domain::model::{
    AllowedNetworks, ApiKey, Application, CommandContext, KeyGrace, KeyId, KeyKind, KeyLimits,
    KeyName, Network, Role,
};
use users_domain::ports::KeyMutation;
use users_domain::rules::Patch;
use users_domain::rules::keys::{
    KeyFacts, KeyOutcome, KeyRejection, KeyRotation, KeyUpdate, NewKey, NewSecret, decide_create,
    decide_revoke, decide_rotate, decide_update,
};

use super::{a_stored_application, audit_kinds, revocation, revoked, store, stored, stored_in};
use crate::conformance::AccessSubject;
use crate::conformance::at_once::at_once;
use crate::{a_caller, a_key, an_operators_context, base_time, unique_seed};

const OWNER: KeyKind = KeyKind::Role(Role::Owner);
const READER: KeyKind = KeyKind::Role(Role::Reader);

/// A mutation by the operator, with or without a subject key.
fn by_operator(
    subject: Option<KeyId>,
    decide: impl Fn(&KeyFacts, &CommandContext) -> KeyOutcome + Send + Sync + 'static,
) -> KeyMutation {
    let context = an_operators_context(base_time());
    KeyMutation { subject, at: context.at, decide: Arc::new(move |facts| decide(facts, &context)) }
}

fn creation(application: &Application, secret: NewSecret) -> KeyMutation {
    let application = application.id;
    let new = NewKey {
        name: KeyName::parse("new").expect("a name"),
        kind: READER,
        expires_at: None,
        allowed_ips: AllowedNetworks::default(),
        limits: KeyLimits::default(),
    };
    by_operator(None, move |facts, context| {
        decide_create(facts, &new, &secret, application, context)
    })
}

fn a_secret(application: &Application) -> NewSecret {
    NewSecret::of(&a_key(application, READER).1)
}

fn rotation(id: KeyId, secret: NewSecret) -> KeyMutation {
    let rotation = KeyRotation { grace: KeyGrace::DEFAULT, expires_at: Patch::Absent };
    by_operator(Some(id), move |facts, context| decide_rotate(facts, &rotation, &secret, context))
}

async fn written(subject: &AccessSubject, application: &Application, mutation: KeyMutation) {
    let outcome = subject.keys.commit(application.id, mutation).await;
    let outcome = outcome.expect("the store answers");
    assert!(matches!(outcome, KeyOutcome::Changed(_)), "{outcome:?}");
}

/// Covers decisions without a subject, and with live and ended subjects. Keys of other applications are not visible.
pub async fn a_decision_sees_its_key_and_all_live_keys(subject: &AccessSubject) {
    let application = a_stored_application(subject).await;
    let stranger = a_stored_application(subject).await;
    let strangers_key = stored_in(subject, &stranger, OWNER).await;
    let now = base_time();
    let with =
        |expires_at, revoked_at| ApiKey { expires_at, revoked_at, ..a_key(&application, READER).0 };
    let later = now.next_microsecond();
    let live = [with(None, None), with(Some(later), None), with(None, Some(later))];
    let ended = [with(Some(now), None), with(None, Some(now))];
    for key in live.iter().chain(&ended) {
        store(subject, key).await;
    }
    let mut ids: Vec<_> = live.iter().map(|key| key.id).collect();
    ids.sort_unstable();
    let subjects = live.iter().chain(&ended).map(|key| Some(key.clone()));
    for key in subjects.chain([None]) {
        let facts = seen(subject, &application, key.as_ref().map(|key| key.id)).await;
        assert_eq!(facts.subject, key);
        let mut seen: Vec<_> = facts.live.iter().map(|key| key.id).collect();
        seen.sort_unstable();
        assert_eq!(seen, ids);
    }
    let facts = seen(subject, &application, Some(strangers_key.id)).await;
    assert_eq!(facts.subject, None);
}

async fn seen(subject: &AccessSubject, application: &Application, id: Option<KeyId>) -> KeyFacts {
    let seen = Arc::new(Mutex::new(KeyFacts::default()));
    let recorder = Arc::clone(&seen);
    let mutation = by_operator(id, move |facts, _| {
        facts.clone_into(&mut recorder.lock().expect("no panic"));
        KeyOutcome::Refused(KeyRejection::NotFound)
    });
    let outcome = subject.keys.commit(application.id, mutation).await;
    assert_eq!(outcome, Ok(KeyOutcome::Refused(KeyRejection::NotFound)));
    seen.lock().expect("no panic").clone()
}

/// If the new key of a rotation has a digest that exists, neither the old key nor the trail changes.
pub async fn keys_and_audit_entries_are_written_atomically(subject: &AccessSubject) {
    let application = a_stored_application(subject).await;
    let key = stored_in(subject, &application, READER).await;
    let (taken, secret) = a_key(&application, READER);
    store(subject, &taken).await;
    let before = audit_kinds(subject, &application).await;
    assert_eq!(before, ["KEY_CREATED", "KEY_CREATED"]);

    for mutation in
        [rotation(key.id, NewSecret::of(&secret)), creation(&application, NewSecret::of(&secret))]
    {
        let torn = subject.keys.commit(application.id, mutation).await;
        assert!(torn.is_err(), "{torn:?}");
        assert_eq!(stored(subject, &key).await.key, key);
        assert_eq!(stored(subject, &taken).await.key, taken);
        assert_eq!(audit_kinds(subject, &application).await, before);
    }

    let new_secret = a_secret(&application);
    written(subject, &application, rotation(key.id, new_secret)).await;
    let retired = stored(subject, &key).await.key;
    assert!(retired.expires_at.is_some());
    let kinds = audit_kinds(subject, &application).await;
    assert_eq!(kinds, ["KEY_CREATED", "KEY_CREATED", "KEY_CREATED", "KEY_ROTATED"]);
    let listed = subject.keys.list(application.id, base_time()).await;
    assert_eq!(listed.map(|keys| keys.len()), Ok(3));
}

/// If one more key is allowed, one of several concurrent creations succeeds.
pub async fn concurrent_decisions_are_serialised(subject: &AccessSubject) {
    const LIMIT: usize = 3;
    let application = a_stored_application(subject).await;
    for _ in 1..LIMIT {
        stored_in(subject, &application, READER).await;
    }
    let creations = (0..8).map(|_| {
        let (keys, id) = (Arc::clone(&subject.keys), application.id);
        let mutation = creation(&application, a_secret(&application));
        let decide = Arc::clone(&mutation.decide);
        let limited = KeyMutation {
            decide: Arc::new(move |facts| match facts.live.len() {
                ..LIMIT => decide(facts),
                _ => KeyOutcome::Refused(KeyRejection::TooMany),
            }),
            ..mutation
        };
        async move { keys.commit(id, limited).await }
    });
    let outcomes = at_once(creations.collect()).await;
    let created = |outcome: &Result<KeyOutcome, _>| matches!(outcome, Ok(KeyOutcome::Changed(_)));
    let full = |outcome: &Result<KeyOutcome, _>| {
        matches!(outcome, Ok(KeyOutcome::Refused(KeyRejection::TooMany)))
    };
    assert_eq!(outcomes.iter().filter(|outcome| created(outcome)).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| full(outcome)).count(), 7);
    let listed = subject.keys.list(application.id, base_time()).await;
    assert_eq!(listed.map(|keys| keys.len()), Ok(LIMIT));
}

/// The revocation of the last owner key is refused.
pub async fn the_last_owner_key_survives_concurrent_revocations(subject: &AccessSubject) {
    for _ in 0..3 {
        let application = a_stored_application(subject).await;
        let mut owners = Vec::new();
        for _ in 0..6 {
            owners.push(stored_in(subject, &application, OWNER).await);
        }
        let revokers = owners.iter().map(|key| {
            let (keys, id) = (Arc::clone(&subject.keys), application.id);
            let mut caller = a_caller(&application, OWNER);
            caller.grant.key = key.clone();
            let context = caller.context(base_time(), unique_seed());
            let mutation = KeyMutation {
                subject: Some(key.id),
                at: context.at,
                decide: Arc::new(move |facts| decide_revoke(facts, &context)),
            };
            async move { keys.commit(id, mutation).await }
        });
        let outcomes = at_once(revokers.collect()).await;
        let last = Ok(KeyOutcome::Refused(KeyRejection::LastOwner));
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == last).count(), 1);
        let listed = subject.keys.list(application.id, base_time()).await;
        let listed = listed.expect("the store answers");
        let left = listed.iter().filter(|key| key.revoked_at.is_none()).count();
        assert_eq!((listed.len(), left), (6, 1));
    }
}

/// Neither the keys nor the trail change.
pub async fn refused_and_unchanged_commands_write_nothing(subject: &AccessSubject) {
    let application = a_stored_application(subject).await;
    let key = stored_in(subject, &application, READER).await;
    let ended = revoked(subject, &key, base_time()).await;
    let before = audit_kinds(subject, &application).await;
    let again = revocation(key.id, base_time().plus_millis(1));
    let unchanged = subject.keys.commit(application.id, again).await;
    assert_eq!(unchanged, Ok(KeyOutcome::Unchanged(Box::new(ended.clone()))));
    let refused = rotation(key.id, a_secret(&application));
    let refused = subject.keys.commit(application.id, refused).await;
    assert_eq!(refused, Ok(KeyOutcome::Refused(KeyRejection::Ended)));
    assert_eq!(stored(subject, &key).await.key, ended);
    assert_eq!(audit_kinds(subject, &application).await, before);
}

/// Covers all changeable fields. A use that was noted after the decision read the key is kept.
pub async fn a_change_of_a_key_keeps_its_last_use(subject: &AccessSubject) {
    let application = a_stored_application(subject).await;
    let key = stored_in(subject, &application, READER).await;
    let at = base_time().plus_millis(5);
    let touched = subject.keys.touch(application.id, key.id, at).await;
    assert_eq!(touched, Ok(()));
    let update = KeyUpdate {
        name: Some(KeyName::parse("another").expect("a name")),
        role: Some(Role::Developer),
        expires_at: Patch::Set(base_time().plus_millis(9)),
        allowed_ips: AllowedNetworks::new([Network::parse("::1").expect("a network")]).ok(),
        reads_per_minute: Patch::Set(u32::MAX),
        writes_per_minute: Patch::Set(0),
    };
    let expected = ApiKey {
        name: KeyName::parse("another").expect("a name"),
        kind: KeyKind::Role(Role::Developer),
        expires_at: Some(base_time().plus_millis(9)),
        allowed_ips: update.allowed_ips.clone().expect("networks"),
        limits: KeyLimits { reads_per_minute: Some(u32::MAX), writes_per_minute: Some(0) },
        last_used_at: Some(at),
        ..key.clone()
    };
    // The facts from before the use was noted.
    let stale = KeyFacts { subject: Some(key.clone()), live: vec![key.clone()] };
    let mutation =
        by_operator(Some(key.id), move |_, context| decide_update(&stale, &update, context));
    written(subject, &application, mutation).await;
    assert_eq!(stored(subject, &key).await.key, expected);
}
