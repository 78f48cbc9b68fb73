//! Idempotent requests: the data that a commit needs, and the store of idempotency claims.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use super::{StoreError, WriteError, Written};
use crate::model::{ApplicationId, HolderId, IdempotencyClaim, StoredResponse};

/// A pure function that builds the response to store from the results of the mutations; `None` to store nothing.
///
/// An error is a defect; then none of the last mutations is written.
pub type AnswerOf = Arc<
    dyn Fn(&[Result<Written, WriteError>]) -> Result<Option<StoredResponse>, StoreError>
        + Send
        + Sync,
>;

/// Marks a commit as the last one of an idempotent request.
#[derive(Clone)]
pub struct Idempotent {
    /// The claim that identifies repeated requests.
    pub claim: IdempotencyClaim,
    /// The holder of the claim. Required if the request needs several transactions.
    pub holder: Option<HolderId>,
    /// Builds the response for repeated requests.
    pub answer: AnswerOf,
}

/// Whether a request is carried out now or was carried out before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered<T> {
    /// The first request, with its result.
    Fresh(T),
    /// A repeated request. Nothing was changed; contains the response of the first request.
    Replayed(StoredResponse),
}

impl<T> Answered<T> {
    /// Computes another result from that of a first request.
    ///
    /// # Errors
    /// Those of `outcome`.
    pub fn try_map<U, E>(self, outcome: impl FnOnce(T) -> Result<U, E>) -> Result<Answered<U>, E> {
        match self {
            Self::Fresh(result) => outcome(result).map(Answered::Fresh),
            Self::Replayed(stored) => Ok(Answered::Replayed(stored)),
        }
    }

    /// The result, if the request is the first.
    pub fn fresh(self) -> Option<T> {
        if let Self::Fresh(outcome) = self { Some(outcome) } else { None }
    }
}

/// Why a request was neither carried out nor answered with a stored response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdempotencyError {
    /// The key was used for a different request, whose response is stored or pending.
    #[error("the key belongs to another request")]
    Reused,
    /// A request with this claim is in progress; a repetition may succeed later.
    #[error("a request with this key is in progress")]
    InUse,
    /// The application has its maximum of stored responses. The client can send no key, or wait.
    #[error("the application has too many stored responses")]
    OverQuota,
    /// The store call failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Stores idempotency claims. Responses are written only by
/// [`UserStore::commit_idempotent`](super::UserStore::commit_idempotent).
///
/// - While a claim is held, every other request with the same name MUST be rejected with [`IdempotencyError::InUse`].
/// - A claim MUST be free once its holder releases it or its time is over. A former holder MUST NOT store a response.
/// - Expired claims MUST be removed, at most as many as requested per call, and nothing else.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Acquires a claim before the first of several transactions, for at most this duration.
    async fn hold(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
        at_most: Duration,
    ) -> Result<Answered<()>, IdempotencyError>;

    /// Releases a claim without a response. Does nothing if another holder has the claim.
    async fn release(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
    ) -> Result<(), StoreError>;

    /// Removes up to `limit` expired claims of all applications. Returns the number of removed claims.
    async fn remove_expired(&self, limit: usize) -> Result<usize, StoreError>;
}
