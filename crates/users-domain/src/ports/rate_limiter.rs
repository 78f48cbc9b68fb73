//! Counting requests.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{LimitSubject, RateLimit, Verdict};

/// Counts requests, and says which are within their limit. What it must answer is
/// [`SlidingWindow`](crate::rules::SlidingWindow), over all processes that share its store.
///
/// - An admitted request MUST count for [`RateLimit::WINDOW`] after it, so that no such span ever has more admitted ones
///   than the limit, however many ask at once, through whichever process, and also when the clock is set back.
/// - What is not admitted MUST NOT count.
/// - A changed limit MUST hold from the next check on, for what was admitted before as well.
/// - Subjects, and so applications, MUST NOT share a count.
/// - What is kept of a subject MUST be given back when nothing of it counts any more, some time after its window at the
///   latest.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Decides about a request of this subject, and counts it when it is admitted.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the count cannot be reached within a short time. The request may have counted
    /// then. Whether it goes on is the caller's to say.
    async fn check(&self, subject: LimitSubject, limit: RateLimit) -> Result<Verdict, StoreError>;
}
