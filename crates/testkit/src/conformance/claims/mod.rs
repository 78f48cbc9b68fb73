//! Requirements for every `IdempotencyStore` and its `UserStore`: each call is executed once.

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

pub use answering::*;
pub use at_once::*;
pub use holding::*;

/// Adapters of the user and claim ports under test. All of them use the same data.
#[derive(Clone)]
pub struct ClaimSubject {
    /// The user ports.
    pub users: UserStoreSubject,
    /// The claim port.
    pub claims: Arc<dyn IdempotencyStore>,
    /// Controls the age of claims.
    pub time: Arc<dyn ClaimTime>,
}

/// Makes claims older.
#[async_trait]
pub trait ClaimTime: Send + Sync {
    /// Makes every stored claim older by `span`.
    async fn let_claims_age(&self, span: Duration);
}

/// A claim of the idempotency key `name`. Claims with different `content` belong to different calls.
fn claim(name: &str, content: &str) -> IdempotencyClaim {
    let key = IdempotencyKey::parse(name).expect("a key");
    IdempotencyClaim::new(Operation::UpdateUser, &key, Fingerprint::of(&[content.as_bytes()]))
}

/// A response that contains the resulting user versions; no response if a mutation was refused.
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

/// A call without a holder.
fn once(claim: IdempotencyClaim) -> Idempotent {
    Idempotent { claim, holder: None, answer: versions() }
}

/// The last commit of a call with a held claim.
fn ending(claim: IdempotencyClaim, holder: HolderId) -> Idempotent {
    Idempotent { holder: Some(holder), ..once(claim) }
}

fn a_holder() -> HolderId {
    HolderId::new(random_uuid(base_time(), unique_seed()))
}

type Outcome = Result<Answered<Vec<Result<Written, WriteError>>>, IdempotencyError>;

/// Executes a call with one mutation and returns its result.
async fn execute_once(tenant: &Tenant, mutation: Mutation, once: Idempotent) -> Written {
    match tenant.commit_idempotent(vec![mutation], once).await {
        Ok(Answered::Fresh(mut answers)) => answers.remove(0).expect("no refusal"),
        other => panic!("not executed: {other:?}"),
    }
}

/// The content of the stored response.
#[track_caller]
fn repeated(outcome: Outcome) -> String {
    match outcome {
        Ok(Answered::Replayed(stored)) => String::from_utf8_lossy(stored.bytes()).into_owned(),
        other => panic!("not a replay: {other:?}"),
    }
}

async fn hold(
    subject: &ClaimSubject,
    application: ApplicationId,
    claim: IdempotencyClaim,
    holder: HolderId,
) -> Result<Answered<()>, IdempotencyError> {
    let at_most = Duration::from_mins(1);
    subject.claims.hold(application, &claim, holder, at_most).await
}
