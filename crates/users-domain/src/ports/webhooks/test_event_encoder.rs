//! The form of the event that only tests a destination.

use crate::model::{ApplicationId, Environment, EventId, Timestamp};
use crate::ports::EncodedEvent;

/// An event that tells of no change: it shows that a destination is reached and understands signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestEvent {
    /// What the receiver knows it by; never used again.
    pub id: EventId,
    /// The tenant.
    pub application: ApplicationId,
    /// Live or sandbox.
    pub environment: Environment,
    /// When it was asked for.
    pub created_at: Timestamp,
}

impl TestEvent {
    /// `webhook_type` of the body. Nobody can subscribe to it.
    pub const WEBHOOK_TYPE: &str = "webhook.test";
}

/// Makes the form in which a test event is sent. Pure: the same event gives the same bytes.
#[cfg_attr(any(test, feature = "mocks"), mockall::automock)]
pub trait TestEventEncoder: Send + Sync {
    /// That form.
    fn encode_test(&self, event: &TestEvent) -> EncodedEvent;
}
