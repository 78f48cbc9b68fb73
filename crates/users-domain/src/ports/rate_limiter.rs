//! Rate limiting of requests.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{LimitSubject, RateLimit, Verdict};

/// Counts requests and decides which are within their limit. The required behaviour is that of
/// [`SlidingWindow`](crate::rules::SlidingWindow), across all processes that share the store.
///
/// - An admitted request MUST count for [`RateLimit::WINDOW`], so that no window contains more admitted requests than
///   the limit, also with concurrent requests, several processes or a clock that is set back.
/// - A rejected request MUST NOT count.
/// - A changed limit MUST apply from the next check on, including requests admitted before the change.
/// - Subjects, and therefore applications, MUST NOT share a count.
/// - The memory of a subject MUST be freed some time after its last request has stopped counting.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Decides on a request of this subject, and counts the request if it is admitted.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the count cannot be read within a short time. The request may have been counted.
    /// The caller decides whether the request continues.
    async fn check(&self, subject: LimitSubject, limit: RateLimit) -> Result<Verdict, StoreError>;
}
