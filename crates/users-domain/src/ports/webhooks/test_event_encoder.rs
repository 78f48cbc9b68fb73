//! Encoding of test events for destinations.

use crate::model::{ApplicationId, Environment, EventId, Timestamp};
use crate::ports::EncodedEvent;

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
