//! Twins: the same call sent several times at once.

use std::sync::Arc;

use users_domain::model::{Json, UserStatus};
use users_domain::ports::{Answered, IdempotencyError, Mutation};
use users_domain::rules::{CreateUser, MetadataPatch, UpdateUser};

use super::{ClaimSubject, claim, once, repeated};
use crate::conformance::at_once::at_once;
use crate::{Tenant, a_user, by_name, json_object, tag, to_status};

const TWINS: usize = 6;

/// One of them, whatever the call: the others get its answer, or are told to come again, and get it then.
pub async fn of_one_call_sent_several_times_at_once_one_is_carried_out(subject: &ClaimSubject) {
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
        // The same once more changes nothing, and is another call all the same.
        send(&tenant, "idle", round, merge).await;
        send(&tenant, "status", round, |tenant, round| {
            let to = if round % 2 == 0 {
                UserStatus::Flagged
            } else {
                UserStatus::Active
            };
            tenant.change_status(by_name("ada"), to_status(to))
        })
        .await;
    }
    let users = tenant.journal.users();
    let ada = users
        .iter()
        .find(|user| user.record.vendor_data.as_str() == "ada")
        .expect("ada");
    assert_eq!(ada.record.version, 1 + 5 + 5, "each change was made once");
    tenant.assert_stored_as_decided().await;
}

fn merge(tenant: &Tenant, round: usize) -> Mutation {
    let patch = json_object([(&*round.to_string(), Json::Bool(true))]);
    let command = UpdateUser {
        metadata: Some(MetadataPatch::Merge(patch)),
        ..UpdateUser::default()
    };
    tenant.update(by_name("ada"), command)
}

async fn send(
    tenant: &Arc<Tenant>,
    name: &'static str,
    round: usize,
    call: fn(&Tenant, usize) -> Mutation,
) {
    let claimed = claim(&format!("{name}-{round}"), "");
    let twin = |_| {
        let tenant = Arc::clone(tenant);
        async move {
            let mutation = call(&tenant, round);
            tenant
                .commit_idempotent(vec![mutation], once(claimed))
                .await
        }
    };
    let outcomes = at_once((0..TWINS).map(twin).collect()).await;
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
    assert_eq!(firsts.len(), 1, "{name} {round} was carried out {firsts:?}");
    let first = firsts.remove(0).expect("no refusal");
    let late = tenant.commit_idempotent(vec![call(tenant, round)], once(claimed));
    repeats.push(repeated(late.await));
    let version = first.user.record.version.to_string();
    assert!(
        repeats.iter().all(|repeat| *repeat == version),
        "{name} {round} came to {version} and is told as {repeats:?}"
    );
}
