//! What is sent.

use crate::model::EventId;

/// An event as it is stored, to be given the time of each attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// The same over all attempts and destinations.
    pub event: EventId,
    /// `webhook_type` of the body.
    pub webhook_type: String,
    /// ASCII JSON with sorted keys, in which the value of `timestamp` is `0`. `None`: erased with its user.
    pub body: Option<String>,
    /// Where that `0` stands, in bytes from the start.
    pub timestamp_offset: usize,
}
