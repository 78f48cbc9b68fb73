//! Sending webhooks.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::model::webhooks::{Answer, DestinationUrl, SigningSecrets};
use crate::model::{ApplicationId, EventId};

/// One attempt to send.
#[derive(Clone, PartialEq, Eq)]
pub struct OutgoingWebhook {
    /// The application; sending capacity is shared between applications.
    pub application: ApplicationId,
    /// The destination's URL.
    pub url: DestinationUrl,
    /// The signing secrets.
    pub secrets: SigningSecrets,
    /// The event id that the receiver sees.
    pub event: EventId,
    /// ASCII JSON with sorted keys, in which the value of `timestamp` is `0`.
    pub body: String,
    /// Byte offset of that `0`.
    pub timestamp_offset: usize,
}

/// Omits the body, which contains personal data, and the URL, whose query can contain a secret of the receiver.
impl fmt::Debug for OutgoingWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingWebhook")
            .field("event", &self.event)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendReport {
    /// The receiver's answer.
    pub answer: Answer,
    /// Duration of the attempt, from its start to its end.
    pub duration: Duration,
    /// Start of the response body, as text; empty if none was read.
    pub excerpt: String,
}

/// Why nothing was sent, for reasons unrelated to the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum NotSent {
    /// The limit of concurrent DNS lookups is reached.
    #[error("too many names are being looked up")]
    NoPlaceToLookUp,
}

/// Sends webhooks: signed, timed, within limits, never to a forbidden address or along a redirect. Always returns.
///
/// - What prevents an attempt in this process MUST be reported as [`NotSent`], not as the receiver's failure.
/// - A receiver that does not respond, or whose DNS lookup does not, MUST NOT prevent sending to other receivers.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
#[async_trait]
pub trait WebhookSender: Send + Sync {
    /// Sends one attempt.
    async fn send(&self, webhook: OutgoingWebhook) -> Result<SendReport, NotSent>;
}
