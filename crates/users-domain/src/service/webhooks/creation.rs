//! A new destination.

use crate::model::webhooks::{
    Breaker, DeliveryOrdering, DeliveryStats, Destination, DestinationDetail, DestinationLabel,
    DestinationState, DestinationSummary, DestinationUrl, DisabledReason, Subscriptions,
    WebhookSecret, WebhookVersion,
};
use crate::model::{Caller, DestinationId, Timestamp};

/// A request for a new destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDestination {
    /// What people call it.
    pub label: DestinationLabel,
    /// Its address, from [`super::DestinationService::accept_url`].
    pub url: DestinationUrl,
    /// Whether it is sent anything from the start.
    pub enabled: bool,
    /// Kept and shown.
    pub version: WebhookVersion,
    /// What it wants to hear of.
    pub subscriptions: Subscriptions,
    /// What it is promised about order.
    pub ordering: DeliveryOrdering,
}

/// A new destination with its secret, which nobody can see again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationCreated {
    /// What is kept, and how it fares: nothing has happened yet.
    pub detail: DestinationDetail,
    /// What is shown once.
    pub secret: WebhookSecret,
}

/// The destination that a caller wishes for.
pub(super) fn destination(
    caller: &Caller,
    id: DestinationId,
    new: NewDestination,
    at: Timestamp,
) -> Destination {
    let state = if new.enabled {
        DestinationState::Enabled
    } else {
        DestinationState::Disabled {
            reason: DisabledReason::Client,
            since: at,
        }
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

/// How a destination fares to which nothing was sent yet. It is not read back from the store: if that failed, its secret
/// would be lost.
pub(super) fn untried(destination: Destination) -> DestinationDetail {
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
    DestinationDetail {
        destination,
        stats: DeliveryStats::default(),
        summary,
    }
}
