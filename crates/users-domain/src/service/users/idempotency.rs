//! Idempotent calls: a repeated call receives the stored response of the first one.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::ServiceError;
use crate::model::{Caller, HolderId, IdempotencyClaim, StoredResponse, UserId};
use crate::ports::{Answered, IdempotencyStore, Idempotent, StoreError, Written};

/// Renders an outcome to the bytes of a response. Pure; an error is a defect and prevents the commit.
type Render<T> = Arc<dyn Fn(&T) -> Result<Vec<u8>, StoreError> + Send + Sync>;

/// Idempotency claim of a call, with the function that renders the response for repeated calls.
#[derive(Clone)]
pub struct IdempotentFor<T> {
    pub(in crate::service) claim: IdempotencyClaim,
    render: Render<T>,
}

impl<T> IdempotentFor<T> {
    /// Creates the instance; `render` produces the response bytes for repeated calls.
    pub fn new(
        claim: IdempotencyClaim,
        render: impl Fn(&T) -> Result<Vec<u8>, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            claim,
            render: Arc::new(render),
        }
    }

    /// Renders the response to store.
    pub(in crate::service) fn stored(
        &self,
        outcome: &T,
        user: Option<UserId>,
    ) -> Result<StoredResponse, StoreError> {
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

/// A call of several transactions that holds its claim until it ends.
pub(in crate::service) struct HeldCall<T> {
    pub(in crate::service) once: IdempotentFor<T>,
    pub(in crate::service) holder: HolderId,
}

impl<T> HeldCall<T> {
    /// Acquires the claim for at most `longest_hold`, unless the call already has a stored response.
    pub(in crate::service) async fn begin(
        claims: &dyn IdempotencyStore,
        caller: &Caller,
        once: IdempotentFor<T>,
        holder: HolderId,
        longest_hold: Duration,
    ) -> Result<Answered<Self>, ServiceError> {
        let application = caller.application();
        let held = claims.hold(application, &once.claim, holder, longest_hold);
        Ok(match held.await? {
            Answered::Fresh(()) => Answered::Fresh(Self { once, holder }),
            Answered::Replayed(stored) => Answered::Replayed(stored),
        })
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

impl<T> fmt::Debug for IdempotentFor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotentFor")
            .field("claim", &self.claim)
            .finish_non_exhaustive()
    }
}
