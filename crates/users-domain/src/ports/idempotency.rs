//! Calls that are carried out once: what a commit needs to know of them, and who holds a claim meanwhile.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use super::{StoreError, WriteError, Written};
use crate::model::{ApplicationId, HolderId, IdempotencyClaim, StoredResponse};

/// What a call is answered with when it came to these answers of its mutations; `None` where that is not to be kept. Pure.
///
/// An error is a defect: nothing of the last mutations is then written.
pub type AnswerOf = Arc<
    dyn Fn(&[Result<Written, WriteError>]) -> Result<Option<StoredResponse>, StoreError>
        + Send
        + Sync,
>;

/// What makes a commit the last of a call that is carried out once.
#[derive(Clone)]
pub struct Idempotent {
    /// By what repeats of the call are recognised.
    pub claim: IdempotencyClaim,
    /// Who holds the claim; needed where the call takes several transactions: many mutations, or several commits.
    pub holder: Option<HolderId>,
    /// What repeats get.
    pub answer: AnswerOf,
}

impl fmt::Debug for Idempotent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idempotent")
            .field("claim", &self.claim)
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}

/// Whether a call is carried out now, or was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered<T> {
    /// It is the first.
    Fresh(T),
    /// It is a repeat. Nothing was done; this is what the first was answered with.
    Replayed(StoredResponse),
}

impl<T> Answered<T> {
    /// What the call came to, if it is the first.
    pub fn fresh(self) -> Option<T> {
        match self {
            Self::Fresh(outcome) => Some(outcome),
            Self::Replayed(_) => None,
        }
    }
}

/// Why a call was neither carried out nor answered as before.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdempotencyError {
    /// The key was used for another call, whose answer is kept or still to come.
    #[error("the key belongs to another call")]
    Reused,
    /// A call of this claim is being carried out: the same one may be answered later.
    #[error("a call with this key is under way")]
    InUse,
    /// The application keeps as many answers as it may: a new call can be made without a key, or later.
    #[error("the application keeps too many answers")]
    OverQuota,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Claims of one application's calls. Answers are written by [`UserStore::commit_idempotent`](super::UserStore::commit_idempotent)
/// alone.
///
/// - While a claim is held, every other call of its name MUST be told so.
/// - A claim MUST be free again once its holder released it or its time is over; who holds it no longer MUST NOT answer it.
/// - What is no longer kept MUST be removed, no more than asked for at a time, and nothing else.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Takes a claim before the first of several transactions, for so long at most.
    ///
    /// # Errors
    /// [`IdempotencyError`].
    async fn hold(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
        at_most: Duration,
    ) -> Result<Answered<()>, IdempotencyError>;

    /// Gives a claim back that was not answered. Does nothing where somebody else has it.
    ///
    /// # Errors
    /// [`StoreError`]
    async fn release(
        &self,
        application: ApplicationId,
        claim: &IdempotencyClaim,
        holder: HolderId,
    ) -> Result<(), StoreError>;

    /// Removes up to `limit` claims of all applications whose time is over, and answers how many.
    ///
    /// # Errors
    /// [`StoreError`]
    async fn remove_expired(&self, limit: usize) -> Result<usize, StoreError>;
}
