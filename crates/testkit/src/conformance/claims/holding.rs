//! Held claims and expiry.

use std::time::Duration;

use users_domain::ports::{Answered, IdempotencyError, Mutation};

use super::{ClaimSubject, a_holder, claim, ending, execute_once, hold, once, repeated};
use crate::{Tenant, a_user, by_name};

const FREE: Result<Answered<()>, IdempotencyError> = Ok(Answered::Fresh(()));

/// Covers repeats and other calls, with and without a holder of their own.
pub async fn a_held_claim_rejects_every_other_call_with_its_key(subject: &ClaimSubject) {
    let tenant = Tenant::of(&subject.users).await;
    let (held, holder) = (claim("k", ""), a_holder());
    assert_eq!(hold(subject, tenant.id(), held, holder).await, FREE);

    for (claimed, expected) in
        [(held, IdempotencyError::InUse), (claim("k", "other"), IdempotencyError::Reused)]
    {
        let holding = hold(subject, tenant.id(), claimed, a_holder()).await;
        assert_eq!(holding, Err(expected.clone()));
        for once in [once(claimed), ending(claimed, a_holder())] {
            let outcome = tenant.commit_idempotent(vec![tenant.create(a_user("ada"))], once);
            assert_eq!(outcome.await, Err(expected.clone()));
        }
    }
    assert_eq!(hold(subject, tenant.id(), claim("l", ""), a_holder()).await, FREE);
    assert_eq!(tenant.find(&by_name("ada")).await, None);
    let created = execute_once(&tenant, tenant.create(a_user("ada")), ending(held, holder)).await;
    assert!(created.changed);
    let holding = hold(subject, tenant.id(), held, a_holder()).await;
    assert!(matches!(holding, Ok(Answered::Replayed(_))), "{holding:?}");
}

/// A release by another holder has no effect.
pub async fn a_claim_is_free_after_release_by_its_holder_or_expiry(subject: &ClaimSubject) {
    let tenant = Tenant::of(&subject.users).await;
    let (held, first, second) = (claim("k", ""), a_holder(), a_holder());
    assert_eq!(hold(subject, tenant.id(), held, first).await, FREE);
    let release = |holder| subject.claims.release(tenant.id(), &held, holder);
    assert_eq!(release(second).await, Ok(()));
    let still = hold(subject, tenant.id(), held, second).await;
    assert_eq!(still, Err(IdempotencyError::InUse));
    assert_eq!(release(first).await, Ok(()));
    assert_eq!(hold(subject, tenant.id(), held, second).await, FREE);

    subject.time.let_claims_age(Duration::from_mins(2)).await;
    let other = claim("k", "other");
    let created = execute_once(&tenant, tenant.create(a_user("ada")), once(other)).await;
    assert!(created.changed);
    assert_eq!(release(second).await, Ok(()), "of an answered claim");
    let outcome = tenant.commit_idempotent(vec![tenant.create(a_user("ada"))], once(other));
    assert_eq!(repeated(outcome.await), "1");
}

/// Neither while the next holder holds the claim nor after the next holder answered it.
pub async fn a_former_holder_cannot_answer_a_claim(subject: &ClaimSubject) {
    let tenant = Tenant::of(&subject.users).await;
    let (held, late, next) = (claim("k", ""), a_holder(), a_holder());
    assert_eq!(hold(subject, tenant.id(), held, late).await, FREE);
    subject.time.let_claims_age(Duration::from_mins(2)).await;
    assert_eq!(hold(subject, tenant.id(), held, next).await, FREE);

    let create = |name| vec![tenant.create(a_user(name))];
    let outcome = tenant.commit_idempotent(create("late"), ending(held, late)).await;
    assert_eq!(outcome, Err(IdempotencyError::InUse));
    let outcome = tenant.commit_idempotent(create("next"), ending(held, next)).await;
    assert!(matches!(outcome, Ok(Answered::Fresh(_))), "{outcome:?}");
    let outcome = tenant.commit_idempotent(create("late"), ending(held, late)).await;
    assert_eq!(repeated(outcome), "1");
    assert_eq!(tenant.find(&by_name("late")).await, None);
    tenant.assert_stored_as_decided().await;
}

/// Covers more mutations than any store writes at a time, and a call without mutations.
pub async fn a_call_of_many_mutations_is_answered_with_the_last_one(subject: &ClaimSubject) {
    const USERS: usize = 250;

    let tenant = Tenant::of(&subject.users).await;
    let names: Vec<_> = (0..USERS).map(|number| number.to_string()).collect();
    let all = |mutation: &dyn Fn(&String) -> Mutation| names.iter().map(mutation).collect();
    let create: Vec<Mutation> = all(&|name| tenant.create(a_user(name)));
    let (create_all, holder) = (claim("create", ""), a_holder());
    assert_eq!(hold(subject, tenant.id(), create_all, holder).await, FREE);
    let outcome = tenant.commit_idempotent(create, ending(create_all, holder)).await;
    let Ok(Answered::Fresh(answers)) = outcome else {
        panic!("not executed: {outcome:?}");
    };
    assert_eq!(answers.len(), USERS);
    let again: Vec<Mutation> = all(&|name| tenant.delete(by_name(name)));
    let outcome = tenant.commit_idempotent(again, ending(create_all, holder)).await;
    assert_eq!(repeated(outcome), vec!["1"; USERS].join(","));

    let (nothing, holder) = (claim("nothing", ""), a_holder());
    assert_eq!(hold(subject, tenant.id(), nothing, holder).await, FREE);
    let outcome = tenant.commit_idempotent(Vec::new(), ending(nothing, holder)).await;
    assert_eq!(outcome, Ok(Answered::Fresh(Vec::new())));
    let outcome = tenant.commit_idempotent(Vec::new(), once(nothing)).await;
    assert_eq!(repeated(outcome), "");
    tenant.assert_stored_as_decided().await;
}

/// Covers all applications. Unexpired claims stay.
pub async fn expired_claims_are_removed_up_to_the_limit(subject: &ClaimSubject) {
    for _ in 0..2 {
        let tenant = Tenant::of(&subject.users).await;
        for name in ["a", "b"] {
            let call = once(claim(name, ""));
            execute_once(&tenant, tenant.create(a_user(name)), call).await;
        }
        let holding = hold(subject, tenant.id(), claim("held", ""), a_holder()).await;
        assert_eq!(holding, FREE);
    }
    let remove = |limit| subject.claims.remove_expired(limit);
    assert_eq!(remove(10).await, Ok(0));
    subject.time.let_claims_age(Duration::from_hours(25)).await;
    let tenant = Tenant::of(&subject.users).await;
    let call = || once(claim("a", ""));
    execute_once(&tenant, tenant.create(a_user("a")), call()).await;

    let mut removed = Vec::new();
    for limit in [4, 4, 4] {
        removed.push(remove(limit).await.expect("the store answers"));
    }
    assert_eq!(removed, [4, 2, 0]);
    let outcome = tenant.commit_idempotent(vec![tenant.create(a_user("a"))], call());
    assert_eq!(repeated(outcome.await), "1");
}
