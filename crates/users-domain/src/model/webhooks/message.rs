//! Stored messages to be sent to destinations.

use std::fmt;

use crate::model::EventId;

/// A stored event. The time of each attempt is inserted when it is sent.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Id of the event; the same in all attempts and for all destinations.
    pub event: EventId,
    /// `webhook_type` of the body.
    pub webhook_type: String,
    /// ASCII JSON with sorted keys, in which the value of `timestamp` is `0`. `None` if erased with its user.
    pub body: Option<String>,
    /// Offset of that `0`, in bytes.
    pub timestamp_offset: usize,
}

/// Omits the body, which contains personal data.
impl fmt::Debug for StoredMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredMessage")
            .field("event", &self.event)
            .field("webhook_type", &self.webhook_type)
            .field("bytes", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
