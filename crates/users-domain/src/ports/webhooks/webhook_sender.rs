//! Sending.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::model::webhooks::{Answer, DestinationUrl, SigningSecrets};
use crate::model::{ApplicationId, EventId};

/// One attempt to be made.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingWebhook {
    /// Whose it is: what sending takes is shared between applications.
    pub application: ApplicationId,
    /// Where to.
    pub url: DestinationUrl,
    /// What signs.
    pub secrets: SigningSecrets,
    /// What the receiver knows the event by.
    pub event: EventId,
    /// ASCII JSON with sorted keys, in which the value of `timestamp` is `0`.
    pub body: String,
    /// Where that `0` stands, in bytes from the start.
    pub timestamp_offset: usize,
}

/// Without the body, which holds personal data, and the URL, whose query may hold a secret of the receiver's.
impl fmt::Debug for OutgoingWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingWebhook")
            .field("event", &self.event)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendReport {
    /// The answer.
    pub answer: Answer,
    /// From the first byte of work to the end.
    pub duration: Duration,
    /// The beginning of the answer's body, as text; empty where none was read.
    pub excerpt: String,
}

/// Why nothing was sent, where that says nothing of the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum NotSent {
    /// So many names are being looked up that this one has to wait.
    #[error("too many names are being looked up")]
    NoPlaceToLookUp,
}

/// Sends webhooks: signed, with the time of the attempt, within limits of time and bytes, never to a forbidden address,
/// never following a redirect. It answers whatever happens.
///
/// - What keeps this process from trying MUST NOT be told as the receiver's failure: it is [`NotSent`].
/// - A receiver that hangs, or whose name does, MUST NOT keep others from being sent to.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// One attempt.
    async fn send(&self, webhook: OutgoingWebhook) -> Result<SendReport, NotSent>;
}
