//! Encoding of events for storage.

use crate::model::{ApplicationId, Environment, EventId, Timestamp, UserEvent};

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

/// An event without a change, which tests whether a destination is reachable and verifies signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestEvent {
    /// Id of the event; used once.
    pub id: EventId,
    /// The tenant.
    pub application: ApplicationId,
    /// Live or sandbox.
    pub environment: Environment,
    /// When the test was requested.
    pub created_at: Timestamp,
}

impl TestEvent {
    /// `webhook_type` of the body. Destinations cannot subscribe to it.
    pub const WEBHOOK_TYPE: &str = "webhook.test";
}

/// Encodes test events. Pure: the same event yields the same bytes.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait TestEventEncoder: Send + Sync {
    /// Encodes a test event.
    fn encode_test(&self, event: &TestEvent) -> EncodedEvent;
}
