//! Creation of a destination.

use crate::model::webhooks::{
    Breaker, DeliveryOrdering, DeliveryStats, Destination, DestinationDetail, DestinationLabel,
    DestinationState, DestinationSummary, DestinationUrl, DisabledReason, Subscriptions,
    WebhookSecret, WebhookVersion,
};
use crate::model::{Caller, DestinationId, Timestamp};

/// A request for a new destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDestination {
    /// Display name.
    pub label: DestinationLabel,
    /// URL, validated by [`super::DestinationService::accept_url`].
    pub url: DestinationUrl,
    /// Whether delivery is enabled.
    pub enabled: bool,
    /// Payload version; stored and returned unchanged.
    pub version: WebhookVersion,
    /// Subscribed events.
    pub subscriptions: Subscriptions,
    /// Delivery order guarantee.
    pub ordering: DeliveryOrdering,
}

/// A new destination with its secret, which is returned only once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationCreated {
    /// The stored destination, with empty delivery statistics.
    pub detail: DestinationDetail,
    /// The secret.
    pub secret: WebhookSecret,
}

pub(super) fn destination(
    caller: &Caller,
    id: DestinationId,
    new: NewDestination,
    at: Timestamp,
) -> Destination {
    let state = if new.enabled {
        DestinationState::Enabled
    } else {
        DestinationState::Disabled { reason: DisabledReason::Client, since: at }
    };
    Destination {
        id,
        application: caller.application(),
        label: new.label,
        url: new.url,
        state,
        version: new.version,
        subscriptions: new.subscriptions,
        ordering: new.ordering,
        created_at: at,
        updated_at: at,
    }
}

/// Adds empty statistics. Reading them could fail, and then the caller would not receive the secret.
pub(super) fn with_empty_statistics(destination: Destination) -> DestinationDetail {
    let summary = DestinationSummary {
        waiting: 0,
        dead_letters: 0,
        oldest_waiting_since: None,
        breaker: Breaker::Closed,
        paused_until: None,
        failing: None,
        last_failure: None,
        secret_created_at: destination.created_at,
        old_secret_signs_until: None,
        last_recovery: None,
    };
    DestinationDetail { destination, stats: DeliveryStats::default(), summary }
}
