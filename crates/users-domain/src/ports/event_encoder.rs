//! The stored form of events.

use crate::model::UserEvent;

/// The body of an event with a placeholder for the time of each attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedEvent {
    /// ASCII JSON with sorted keys; the value of `timestamp` is `0`.
    pub body: String,
    /// Where that `0` stands, in bytes from the start.
    pub timestamp_offset: usize,
}

/// Makes the stored form of an event. Pure: the same event gives the same bytes.
pub trait EventEncoder: Send + Sync {
    /// The stored form.
    fn encode(&self, event: &UserEvent) -> EncodedEvent;
}
