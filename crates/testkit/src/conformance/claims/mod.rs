//! What every `IdempotencyStore` must do together with the `UserStore` beside it: calls that are carried out once.

mod answering;
mod at_once;
mod holding;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::{
    ApplicationId, Fingerprint, HolderId, IdempotencyClaim, IdempotencyKey, Operation,
    StoredResponse, random_uuid,
};
use users_domain::ports::{
    AnswerOf, Answered, IdempotencyError, IdempotencyStore, Idempotent, Mutation, WriteError,
    Written,
};

use super::UserStoreSubject;
use crate::{Tenant, base_time, unique_seed};

pub use answering::{
    a_claim_is_free_again_a_day_after_it_was_answered, a_claim_of_another_application_is_not_found,
    a_repeat_gets_the_kept_answer_and_changes_nothing,
    another_call_of_the_same_name_is_refused_as_long_as_the_answer_is_kept,
    the_answer_of_a_call_is_written_with_the_last_of_its_changes_or_not_at_all,
    what_is_not_to_be_kept_leaves_the_claim_free,
};
pub use at_once::of_one_call_sent_several_times_at_once_one_is_carried_out;
pub use holding::{
    a_call_of_many_mutations_is_answered_with_the_last_of_them,
    a_claim_is_free_again_once_its_holder_released_it_or_its_time_is_over,
    what_is_no_longer_kept_is_removed_no_more_than_asked_for_at_a_time,
    while_a_claim_is_held_every_other_call_of_its_name_is_told_so,
    who_holds_a_claim_no_longer_does_not_answer_it,
};

/// Adapters of the ports around users and claims under test. All of them look at the same data.
#[derive(Clone)]
pub struct ClaimSubject {
    /// Users.
    pub users: UserStoreSubject,
    /// Claims.
    pub claims: Arc<dyn IdempotencyStore>,
    /// The time of the store.
    pub time: Arc<dyn ClaimTime>,
}

/// Lets time go by for claims.
#[async_trait]
pub trait ClaimTime: Send + Sync {
    /// Everything kept is so much older from now on.
    async fn let_claims_age(&self, span: Duration);
}

/// A claim of its own application's call `name`; what differs in `content` is another call.
fn claim(name: &str, content: &str) -> IdempotencyClaim {
    let key = IdempotencyKey::parse(name).expect("a key");
    IdempotencyClaim::new(
        Operation::UpdateUser,
        &key,
        Fingerprint::of(&[content.as_bytes()]),
    )
}

/// Keeps what nobody refused: the versions that users were left at.
fn versions() -> AnswerOf {
    Arc::new(|answers| {
        let versions = answers.iter().map(|answer| match answer {
            Ok(written) => Some(written.user.record.version.to_string()),
            Err(_) => None,
        });
        let Some(versions) = versions.collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let user = match answers {
            [Ok(written)] => Some(written.user.record.id),
            _ => None,
        };
        let bytes = versions.join(",").into_bytes();
        Ok(StoredResponse::new(user, bytes).ok())
    })
}

/// A call that needs nobody to hold its claim.
fn once(claim: IdempotencyClaim) -> Idempotent {
    Idempotent {
        claim,
        holder: None,
        answer: versions(),
    }
}

/// The last commit of a call whose claim is held.
fn ending(claim: IdempotencyClaim, holder: HolderId) -> Idempotent {
    Idempotent {
        holder: Some(holder),
        ..once(claim)
    }
}

fn a_holder() -> HolderId {
    HolderId::new(random_uuid(base_time(), unique_seed()))
}

type Outcome = Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError>;

/// What a call of one change left its user at.
async fn carried_out(tenant: &Tenant, mutation: Mutation, once: Idempotent) -> Written {
    match tenant.commit_idempotent(vec![mutation], once).await {
        Ok(Answered::Fresh(mut answers)) => answers.remove(0).expect("no refusal"),
        other => panic!("not carried out: {other:?}"),
    }
}

/// What the kept answer says.
#[track_caller]
fn repeated(outcome: Outcome) -> String {
    match outcome {
        Ok(Answered::Replayed(kept)) => String::from_utf8_lossy(kept.bytes()).into_owned(),
        other => panic!("no repeat: {other:?}"),
    }
}

async fn hold(
    subject: &ClaimSubject,
    application: ApplicationId,
    claim: IdempotencyClaim,
    holder: HolderId,
) -> Result<Answered<()>, IdempotencyError> {
    let at_most = Duration::from_mins(1);
    subject
        .claims
        .hold(application, &claim, holder, at_most)
        .await
}

/// Makes one test per clause of a `IdempotencyStore`. Takes the path of an asynchronous function that makes a
/// [`ClaimSubject`](crate::conformance::ClaimSubject).
#[macro_export]
macro_rules! claim_store_conformance {
    ($make_subject:path) => {
        $crate::conformance_tests!(
            $make_subject,
            claims,
            [
                a_call_of_many_mutations_is_answered_with_the_last_of_them,
                a_claim_is_free_again_a_day_after_it_was_answered,
                a_claim_is_free_again_once_its_holder_released_it_or_its_time_is_over,
                a_claim_of_another_application_is_not_found,
                a_repeat_gets_the_kept_answer_and_changes_nothing,
                another_call_of_the_same_name_is_refused_as_long_as_the_answer_is_kept,
                of_one_call_sent_several_times_at_once_one_is_carried_out,
                the_answer_of_a_call_is_written_with_the_last_of_its_changes_or_not_at_all,
                what_is_no_longer_kept_is_removed_no_more_than_asked_for_at_a_time,
                what_is_not_to_be_kept_leaves_the_claim_free,
                while_a_claim_is_held_every_other_call_of_its_name_is_told_so,
                who_holds_a_claim_no_longer_does_not_answer_it,
            ]
        );
    };
}
