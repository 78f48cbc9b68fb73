//! The effect of a client's change on a destination.

use crate::model::Timestamp;
use crate::model::webhooks::{
    DeliveryOrdering, Destination, DestinationLabel, DestinationState, DestinationUrl,
    DisabledReason, Subscriptions, WebhookVersion,
};

/// A client's change of a destination; `None` leaves a value unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DestinationChange {
    /// The display name.
    pub label: Option<DestinationLabel>,
    /// The URL.
    pub url: Option<DestinationUrl>,
    /// Whether events are sent. Enabling resets failures, breaker and pause, and makes waiting deliveries due.
    /// Disabling what the service had disabled changes the reason to [`DisabledReason::Client`].
    pub enabled: Option<bool>,
    /// Whether enabling turns waiting deliveries into dead letters instead of sending them.
    pub skip_waiting: bool,
    /// The declared API version; stored and shown only.
    pub version: Option<WebhookVersion>,
    /// The subscribed event names, for future events.
    pub subscriptions: Option<Subscriptions>,
    /// The guaranteed delivery order, also for waiting deliveries.
    pub ordering: Option<DeliveryOrdering>,
}

/// A destination that a change has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedDestination {
    before: Destination,
    /// The destination after the change.
    pub after: Destination,
    skip_waiting: bool,
}

impl DestinationChange {
    /// Applies the change, requested `at`, to a destination, by the store's clock `now`. `None`: nothing changes.
    #[must_use]
    pub fn apply(
        self,
        before: &Destination,
        at: Timestamp,
        now: Timestamp,
    ) -> Option<ChangedDestination> {
        let mut after = before.clone();
        after.label = self.label.unwrap_or(after.label);
        after.url = self.url.unwrap_or(after.url);
        after.version = self.version.unwrap_or(after.version);
        after.subscriptions = self.subscriptions.unwrap_or(after.subscriptions);
        after.ordering = self.ordering.unwrap_or(after.ordering);
        let reason = DisabledReason::Client;
        let is_disabled_by_client = matches!(
            before.state,
            DestinationState::Disabled { reason: stored, .. } if stored == reason
        );
        after.state = match self.enabled {
            Some(true) => DestinationState::Enabled,
            // Also if the service had disabled it before: from now on the client's setting applies.
            Some(false) if !is_disabled_by_client => {
                DestinationState::Disabled { reason, since: now }
            }
            Some(false) | None => before.state,
        };
        if after == *before {
            return None;
        }
        after.updated_at = at;
        Some(ChangedDestination { before: before.clone(), after, skip_waiting: self.skip_waiting })
    }
}

impl ChangedDestination {
    /// Whether the change enabled the destination.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.after.state.is_enabled() && !self.before.state.is_enabled()
    }

    /// Whether waiting deliveries become dead letters.
    #[must_use]
    pub fn skips_waiting(&self) -> bool {
        self.skip_waiting && self.is_enabled()
    }

    /// Whether the delivery order is another one.
    #[must_use]
    pub fn is_reordered(&self) -> bool {
        self.after.ordering != self.before.ordering
    }

    /// Whether failures, breaker and pause are reset.
    #[must_use]
    pub fn resets_health(&self) -> bool {
        self.is_enabled() || self.after.url != self.before.url
    }

    /// Whether a worker that has read the destination must begin no further attempt.
    #[must_use]
    pub fn ends_lease(&self) -> bool {
        self.after.state != self.before.state || self.resets_health() || self.is_reordered()
    }
}

#[cfg(test)]
mod tests;
