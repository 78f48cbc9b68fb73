//! Encoding of events for storage.

use crate::model::UserEvent;

/// The stored body of an event, with a placeholder for the time of each attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedEvent {
    /// ASCII JSON with sorted keys; the value of `timestamp` is `0`.
    pub body: String,
    /// Offset of that `0`, in bytes.
    pub timestamp_offset: usize,
}

/// Encodes events for storage. Pure: the same event yields the same bytes.
pub trait EventEncoder: Send + Sync {
    /// Encodes an event.
    fn encode(&self, event: &UserEvent) -> EncodedEvent;
}
