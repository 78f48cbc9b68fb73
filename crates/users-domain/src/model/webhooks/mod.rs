//! Value types of webhook delivery: destinations, secrets, lanes, messages and attempts (docs/WEBHOOKS.md).

mod attempt;
mod destination;
mod event_name;
mod lane;
mod message;
mod ordering;
mod recovery;
#[cfg(feature = "ports")]
mod secret;

pub use attempt::{
    Answer, Attempt, AttemptFilter, AttemptOutcome, AttemptPage, AttemptQuery, AttemptStart,
    AttemptTrigger, NextStep, RetryAfter, TransportError,
};
pub use destination::{
    DeliveryStats, Destination, DestinationDetail, DestinationLabel, DestinationOverview,
    DestinationState, DestinationSummary, DestinationUrl, DisabledReason, WebhookVersion,
};
pub use event_name::{EventName, Subscriptions};
pub use lane::{Breaker, Failing, LaneEpoch, LaneHealth, LaneId, OutcomeCounts};
pub use message::StoredMessage;
pub use ordering::{DeliveryOrdering, OrderingKey};
pub use recovery::{Recovery, RecoveryState};
#[cfg(feature = "ports")]
pub use secret::{RotationGrace, SealedSecret, SigningSecrets, WebhookSecret};
