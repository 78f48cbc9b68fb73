//! Idempotent calls: a repeated call receives the stored response of the first one.

use std::sync::Arc;
use std::time::Duration;

use super::ServiceError;
use crate::model::{ApplicationId, Caller, HolderId, IdempotencyClaim, StoredResponse, UserId};
use crate::ports::{
    Answered, IdempotencyStore, Idempotent, Mutation, StoreError, UserStore, WriteError, Written,
};
use crate::service::Contexts;

/// Renders an outcome to the bytes of a response. Pure; an error is a defect and prevents the commit.
type Render<T> = Arc<dyn Fn(&T) -> Result<Vec<u8>, StoreError> + Send + Sync>;

/// Idempotency claim of a call, with the function that renders the response for repeated calls.
#[derive(Clone)]
pub struct IdempotentFor<T> {
    claim: IdempotencyClaim,
    render: Render<T>,
}

impl<T> IdempotentFor<T> {
    /// Creates the instance; `render` produces the response bytes for repeated calls.
    pub fn new(
        claim: IdempotencyClaim,
        render: impl Fn(&T) -> Result<Vec<u8>, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self { claim, render: Arc::new(render) }
    }

    fn stored(&self, outcome: &T, user: Option<UserId>) -> Result<StoredResponse, StoreError> {
        let bytes = (self.render)(outcome)?;
        StoredResponse::new(user, bytes).map_err(|invalid| StoreError::Defect {
            reason: format!("a response cannot be stored: {invalid}"),
        })
    }
}

impl IdempotentFor<Written> {
    /// Stores the response unless the change is rejected; a no-op is stored too.
    pub(super) fn of_a_change(self) -> Idempotent {
        Idempotent {
            claim: self.claim,
            holder: None,
            answer: Arc::new(move |answers| match answers {
                [Ok(written)] => self.stored(written, Some(written.user.record.id)).map(Some),
                _ => Ok(None),
            }),
        }
    }
}

/// Commits mutations; with `once`, as the last commit of an idempotent call.
pub(in crate::service) async fn commit(
    store: &dyn UserStore,
    application: ApplicationId,
    mutations: Vec<Mutation>,
    once: Option<Idempotent>,
) -> Result<Answered<Vec<Result<Written, WriteError>>>, ServiceError> {
    Ok(match once {
        Some(once) => store.commit_idempotent(application, mutations, once).await?,
        None if mutations.is_empty() => Answered::Fresh(Vec::new()),
        None => Answered::Fresh(store.commit(application, mutations).await?),
    })
}

/// A call of several transactions that holds its claim until it ends.
pub(in crate::service) struct HeldCall<T> {
    once: IdempotentFor<T>,
    holder: HolderId,
}

impl<T: Clone + 'static> HeldCall<T> {
    /// Acquires the claim of an idempotent call for `longest_hold`, unless the call already has a stored response.
    pub(in crate::service) async fn begin(
        claims: &dyn IdempotencyStore,
        caller: &Caller,
        once: Option<IdempotentFor<T>>,
        contexts: &Contexts,
        longest_hold: Duration,
    ) -> Result<Answered<Option<Self>>, ServiceError> {
        let Some(once) = once else {
            return Ok(Answered::Fresh(None));
        };
        let holder = HolderId::new(contexts.random_uuid());
        let application = caller.application();
        let held = claims.hold(application, &once.claim, holder, longest_hold);
        held.await?.try_map(|()| Ok(Some(Self { once, holder })))
    }

    /// The last commit of the call; `outcome` computes the call's result from its results, or stores nothing.
    pub(in crate::service) fn last_commit(
        &self,
        outcome: impl Fn(&[Result<Written, WriteError>]) -> Result<T, WriteError>
        + Send
        + Sync
        + 'static,
    ) -> Idempotent {
        let once = self.once.clone();
        Idempotent {
            claim: once.claim,
            holder: Some(self.holder),
            answer: Arc::new(move |answers| match outcome(answers) {
                Ok(outcome) => once.stored(&outcome, None).map(Some),
                Err(_) => Ok(None),
            }),
        }
    }

    /// Releases the claim unless the response was stored.
    pub(in crate::service) async fn end(
        &self,
        claims: &dyn IdempotencyStore,
        caller: &Caller,
        answer: &Result<Answered<T>, ServiceError>,
        is_stored: fn(&T) -> bool,
    ) {
        let is_stored = match answer {
            Ok(Answered::Fresh(outcome)) => is_stored(outcome),
            Ok(Answered::Replayed(_)) => true,
            Err(_) => false,
        };
        if !is_stored {
            let (application, claim) = (caller.application(), &self.once.claim);
            // A claim that cannot be released expires.
            let _ = claims.release(application, claim, self.holder).await;
        }
    }
}
