//! Calls that are carried out once, as their callers ask for it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ServiceError;
use crate::model::{Caller, HolderId, IdempotencyClaim, StoredResponse, UserId};
use crate::ports::{Answered, IdempotencyStore, Idempotent, StoreError, Written};

/// Makes the bytes of an answer. Pure; an error is a defect, and nothing is written then.
type Render<T> = Arc<dyn Fn(&T) -> Result<Vec<u8>, StoreError> + Send + Sync>;

/// That a call is to be carried out once, and what its repeats get for what it comes to.
#[derive(Clone)]
pub struct IdempotentFor<T> {
    pub(in crate::service) claim: IdempotencyClaim,
    render: Render<T>,
}

impl<T> IdempotentFor<T> {
    /// A call of this claim; `render` makes the bytes that repeats get.
    pub fn new(
        claim: IdempotencyClaim,
        render: impl Fn(&T) -> Result<Vec<u8>, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            claim,
            render: Arc::new(render),
        }
    }

    /// The answer as it is kept.
    pub(in crate::service) fn kept(
        &self,
        outcome: &T,
        user: Option<UserId>,
    ) -> Result<StoredResponse, StoreError> {
        let bytes = (self.render)(outcome)?;
        StoredResponse::new(user, bytes).map_err(|invalid| StoreError::Defect {
            reason: format!("an answer cannot be kept: {invalid}"),
        })
    }
}

impl IdempotentFor<Written> {
    /// Kept is what was not refused, changed or not.
    pub(super) fn of_a_change(self) -> Idempotent {
        Idempotent {
            claim: self.claim,
            holder: None,
            answer: Arc::new(move |answers| match answers {
                [Ok(written)] => self.kept(written, Some(written.user.record.id)).map(Some),
                _ => Ok(None),
            }),
        }
    }
}

/// A call of several transactions that holds its claim.
pub(in crate::service) struct HeldCall<T> {
    pub(in crate::service) once: IdempotentFor<T>,
    pub(in crate::service) holder: HolderId,
}

impl<T> HeldCall<T> {
    /// Takes the claim for at most so long, unless the call was answered before.
    pub(in crate::service) async fn begin(
        claims: &dyn IdempotencyStore,
        caller: &Caller,
        once: IdempotentFor<T>,
        holder: HolderId,
        at_most: Duration,
    ) -> Result<Answered<Self>, ServiceError> {
        let application = caller.application();
        let held = claims.hold(application, &once.claim, holder, at_most);
        Ok(match held.await? {
            Answered::Fresh(()) => Answered::Fresh(Self { once, holder }),
            Answered::Replayed(kept) => Answered::Replayed(kept),
        })
    }

    /// Gives the claim back where the answer is not kept.
    pub(in crate::service) async fn end(
        &self,
        claims: &dyn IdempotencyStore,
        caller: &Caller,
        answer: &Result<Answered<T>, ServiceError>,
        is_kept: fn(&T) -> bool,
    ) {
        let is_kept = match answer {
            Ok(Answered::Fresh(outcome)) => is_kept(outcome),
            Ok(Answered::Replayed(_)) => true,
            Err(_) => false,
        };
        if !is_kept {
            let (application, claim) = (caller.application(), &self.once.claim);
            // A claim that cannot be released ends after its time.
            let _ = claims.release(application, claim, self.holder).await;
        }
    }
}

impl<T> fmt::Debug for IdempotentFor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotentFor")
            .field("claim", &self.claim)
            .finish_non_exhaustive()
    }
}
