//! The same call, sent several times concurrently.

use std::sync::Arc;

use users_domain::model::{Json, UserStatus};
use users_domain::ports::{Answered, IdempotencyError, Mutation};
use users_domain::rules::{CreateUser, MetadataPatch, UpdateUser};

use super::{ClaimSubject, claim, once, repeated};
use crate::conformance::at_once::at_once;
use crate::{Tenant, a_user, by_name, json_object, tag, to_status};

const COPIES: usize = 6;

/// One copy is executed. The others get its response, or `InUse` and then the response on a retry.
pub async fn concurrent_copies_of_a_call_are_carried_out_once(subject: &ClaimSubject) {
    let tenant = Arc::new(Tenant::of(&subject.users).await);
    tenant.has(a_user("ada")).await;
    for round in 0..5 {
        send(&tenant, "create", round, |tenant, round| {
            tenant.create(a_user(&format!("new {round}")))
        })
        .await;
        send(&tenant, "tagged", round, |tenant, round| {
            let tags = vec![tag(&format!("tag {round}"))];
            let new = a_user(&format!("tagged {round}"));
            tenant.create(CreateUser { tags, ..new })
        })
        .await;
        send(&tenant, "update", round, merge).await;
        // The same merge changes nothing, but it is another call.
        send(&tenant, "idle", round, merge).await;
        send(&tenant, "status", round, |tenant, round| {
            let to = if round % 2 == 0 { UserStatus::Flagged } else { UserStatus::Active };
            tenant.change_status(by_name("ada"), to_status(to))
        })
        .await;
    }
    let users = tenant.journal.users();
    let ada = users.iter().find(|user| user.record.vendor_data.as_str() == "ada").expect("ada");
    assert_eq!(ada.record.version, 1 + 5 + 5, "each change was applied once");
    tenant.assert_stored_as_decided().await;
}

fn merge(tenant: &Tenant, round: usize) -> Mutation {
    let patch = json_object([(&*round.to_string(), Json::Bool(true))]);
    let command =
        UpdateUser { metadata: Some(MetadataPatch::Merge(patch)), ..UpdateUser::default() };
    tenant.update(by_name("ada"), command)
}

async fn send(
    tenant: &Arc<Tenant>,
    name: &'static str,
    round: usize,
    call: fn(&Tenant, usize) -> Mutation,
) {
    let claimed = claim(&format!("{name}-{round}"), "");
    let copy = |_| {
        let tenant = Arc::clone(tenant);
        async move {
            let mutation = call(&tenant, round);
            tenant.commit_idempotent(vec![mutation], once(claimed)).await
        }
    };
    let outcomes = at_once((0..COPIES).map(copy).collect()).await;
    let mut firsts = Vec::new();
    let mut repeats = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(Answered::Fresh(mut answers)) => firsts.push(answers.remove(0)),
            Ok(Answered::Replayed(_)) => repeats.push(repeated(outcome)),
            Err(IdempotencyError::InUse) => {}
            Err(other) => panic!("{name}: {other}"),
        }
    }
    assert_eq!(firsts.len(), 1, "{name} {round} was executed {firsts:?}");
    let first = firsts.remove(0).expect("no refusal");
    let late = tenant.commit_idempotent(vec![call(tenant, round)], once(claimed));
    repeats.push(repeated(late.await));
    let version = first.user.record.version.to_string();
    assert!(
        repeats.iter().all(|repeat| *repeat == version),
        "{name} {round} resulted in {version}, but the replays are {repeats:?}"
    );
}
