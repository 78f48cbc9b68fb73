//! Stored responses: content, owner and expiry.

use std::sync::Arc;
use std::time::Duration;

use users_domain::model::{StoredResponse, UserKey, UserStatus};
use users_domain::ports::{
    Answered, IdempotencyError, Idempotent, Mutation, StoreError, WriteError,
};
use users_domain::rules::{Patch, Rejection, UpdateUser};

use super::{ClaimSubject, a_holder, claim, ending, execute_once, hold, once, repeated};
use crate::{Tenant, a_user, by_name, display_name, to_status};

fn rename(tenant: &Tenant, user: UserKey, name: &str) -> Mutation {
    let command =
        UpdateUser { display_name: Patch::Set(display_name(name)), ..UpdateUser::default() };
    tenant.update(user, command)
}

/// Covers every kind of change, including one without effect. A repeat returns the first response although a new
/// execution would return another one.
pub async fn a_repeat_gets_the_stored_answer_and_changes_nothing(subject: &ClaimSubject) {
    let tenant = Tenant::of(&subject.users).await;
    let create = || tenant.create(a_user("ada"));
    let created = execute_once(&tenant, create(), once(claim("create", "ada"))).await;
    let update = || rename(&tenant, by_name("ada"), "Ada");
    execute_once(&tenant, update(), once(claim("update", "ada"))).await;
    let idle = execute_once(&tenant, update(), once(claim("again", "ada"))).await;
    assert!(!idle.changed);
    let block = || tenant.change_status(by_name("ada"), to_status(UserStatus::Blocked));
    execute_once(&tenant, block(), once(claim("block", "ada"))).await;
    tenant.write(rename(&tenant, by_name("ada"), "Countess")).await.expect("an unrelated change");
    let delete = || tenant.delete(by_name("ada"));
    execute_once(&tenant, delete(), once(claim("delete", "ada"))).await;

    for (name, mutation, version) in [
        ("create", create(), "1"),
        ("update", update(), "2"),
        ("again", update(), "2"),
        ("block", block(), "3"),
        ("delete", delete(), "5"),
    ] {
        let outcome = tenant.commit_idempotent(vec![mutation], once(claim(name, "ada")));
        let outcome = outcome.await;
        if let Ok(Answered::Replayed(stored)) = &outcome {
            assert_eq!(stored.user(), Some(created.user.record.id), "{name}");
        }
        assert_eq!(repeated(outcome), version, "{name}");
    }
    assert_eq!(tenant.find(&by_name("ada")).await, None);
    tenant.assert_stored_as_decided().await;
}

/// If an event insert fails or the response cannot be created, nothing is written and the claim stays free.
pub async fn an_answer_is_written_atomically_with_the_last_change(subject: &ClaimSubject) {
    let tenant = Tenant::of(&subject.users).await;
    tenant.has(a_user("bob")).await;
    let holder = a_holder();
    let held = claim("held", "");
    let holding = hold(subject, tenant.id(), held, holder).await;
    assert_eq!(holding, Ok(Answered::Fresh(())));
    let calls = || {
        [
            (tenant.create(a_user("ada")), once(claim("create", ""))),
            (rename(&tenant, by_name("bob"), "Bob"), once(claim("update", ""))),
            (tenant.delete(by_name("bob")), ending(held, holder)),
        ]
    };
    let without_answer = |once: Idempotent| Idempotent {
        answer: Arc::new(|_| {
            Err(StoreError::Defect { reason: "no answer can be created".to_owned() })
        }),
        ..once
    };

    subject.users.inspect.fail_event_inserts(true).await;
    for (mutation, once) in calls() {
        let outcome = tenant.commit_idempotent(vec![mutation], once).await;
        assert!(matches!(outcome, Err(IdempotencyError::Store(_))), "{outcome:?}");
    }
    subject.users.inspect.fail_event_inserts(false).await;
    for (mutation, once) in calls() {
        let outcome = tenant.commit_idempotent(vec![mutation], without_answer(once)).await;
        assert!(matches!(outcome, Err(IdempotencyError::Store(_))), "{outcome:?}");
    }
    assert_eq!(tenant.find(&by_name("ada")).await, None);
    tenant.assert_stored_as_decided().await;

    for (mutation, once) in calls() {
        assert!(execute_once(&tenant, mutation, once).await.changed);
    }
    tenant.assert_stored_as_decided().await;
}

/// The outcome that the other call would have does not matter.
pub async fn reuse_of_a_key_for_another_call_is_refused(subject: &ClaimSubject) {
    let tenant = Tenant::of(&subject.users).await;
    let first = once(claim("k", "ada"));
    execute_once(&tenant, tenant.create(a_user("ada")), first).await;
    for name in ["ada", "bob"] {
        let other = once(claim("k", "other"));
        let outcome = tenant.commit_idempotent(vec![tenant.create(a_user(name))], other);
        assert_eq!(outcome.await, Err(IdempotencyError::Reused), "{name}");
    }
    let holding = hold(subject, tenant.id(), claim("k", "other"), a_holder()).await;
    assert_eq!(holding, Err(IdempotencyError::Reused));
    assert_eq!(tenant.find(&by_name("bob")).await, None);
    tenant.assert_stored_as_decided().await;
}

/// Each repeat of a refused call is decided again, and its key can be used for another call.
pub async fn a_refusal_leaves_the_claim_free(subject: &ClaimSubject) {
    let tenant = Tenant::of(&subject.users).await;
    tenant.has(a_user("ada")).await;
    let create = |name| vec![tenant.create(a_user(name))];
    let taken = vec![Err(WriteError::Refused(Rejection::VendorDataTaken))];
    for _ in 0..2 {
        let outcome = tenant.commit_idempotent(create("ada"), once(claim("k", "ada")));
        assert_eq!(outcome.await, Ok(Answered::Fresh(taken.clone())));
    }
    let update = rename(&tenant, by_name("nobody"), "x");
    let outcome = tenant.commit_idempotent(vec![update], once(claim("k", "update")));
    let unknown = vec![Err(WriteError::Refused(Rejection::UserNotFound))];
    assert_eq!(outcome.await, Ok(Answered::Fresh(unknown)));

    tenant.remove("ada").await;
    execute_once(&tenant, create("ada").remove(0), once(claim("k", "ada"))).await;
    let outcome = tenant.commit_idempotent(create("ada"), once(claim("k", "ada")));
    assert_eq!(repeated(outcome.await), "1");
    tenant.assert_stored_as_decided().await;
}

/// It does not expire earlier.
pub async fn a_claim_expires_a_day_after_its_answer(subject: &ClaimSubject) {
    let tenant = Tenant::of(&subject.users).await;
    tenant.has(a_user("ada")).await;
    let call = |name| rename(&tenant, by_name("ada"), name);
    execute_once(&tenant, call("a"), once(claim("k", "a"))).await;

    let day = Duration::from_hours(u64::from(StoredResponse::KEPT_HOURS));
    let minute = Duration::from_mins(1);
    let nearly = day.saturating_sub(minute);
    subject.time.let_claims_age(nearly).await;
    let outcome = tenant.commit_idempotent(vec![call("a")], once(claim("k", "a")));
    assert_eq!(repeated(outcome.await), "2");
    subject.time.let_claims_age(2 * minute).await;
    let other = execute_once(&tenant, call("b"), once(claim("k", "b"))).await;
    assert_eq!(other.user.record.version, 3);
    let outcome = tenant.commit_idempotent(vec![call("b")], once(claim("k", "b")));
    assert_eq!(repeated(outcome.await), "3");

    subject.time.let_claims_age(day).await;
    let holding = hold(subject, tenant.id(), claim("k", "c"), a_holder()).await;
    assert_eq!(holding, Ok(Answered::Fresh(())));
    tenant.assert_stored_as_decided().await;
}

/// The same key identifies another call in another application.
pub async fn a_claim_of_another_application_is_not_found(subject: &ClaimSubject) {
    for content in ["one", "other"] {
        let tenant = Tenant::of(&subject.users).await;
        let call = || once(claim("k", content));
        let created = execute_once(&tenant, tenant.create(a_user("ada")), call()).await;
        assert!(created.changed);
        let held = claim("held", content);
        let holding = hold(subject, tenant.id(), held, a_holder()).await;
        assert_eq!(holding, Ok(Answered::Fresh(())));
    }
}
