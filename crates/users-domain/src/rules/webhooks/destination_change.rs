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
    /// Whether events are sent. Enabling resets failures, breaker and pause, and makes waiting deliveries due
    /// immediately. Disabling a destination that the service has disabled changes the reason to
    /// [`DisabledReason::Client`].
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
    /// Applies the change to a destination. `at` is the time of the request, and `now` the current time of the store's
    /// clock. `None`: nothing changes.
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
        Some(ChangedDestination {
            before: before.clone(),
            after,
            skip_waiting: self.skip_waiting,
        })
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
mod tests {
    use super::super::subscription::tests::destination;
    use super::*;

    const LATER: i64 = 7;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_unix_micros(micros).unwrap()
    }

    fn disabled(reason: DisabledReason, since: i64) -> DestinationState {
        let since = at(since);
        DestinationState::Disabled { reason, since }
    }

    fn applied(state: DestinationState, change: DestinationChange) -> Option<ChangedDestination> {
        change.apply(&destination(state), at(1), at(LATER))
    }

    #[test]
    fn the_state_follows_the_client() {
        use DestinationState::Enabled;
        use DisabledReason::{Client, Failing, Gone};
        for (before, enabled, after) in [
            (Enabled, true, None),
            (Enabled, false, Some(disabled(Client, LATER))),
            (disabled(Client, 0), true, Some(Enabled)),
            (disabled(Client, 0), false, None),
            (disabled(Gone, 0), true, Some(Enabled)),
            (disabled(Gone, 0), false, Some(disabled(Client, LATER))),
            (disabled(Failing, 0), false, Some(disabled(Client, LATER))),
        ] {
            let change = DestinationChange {
                enabled: Some(enabled),
                skip_waiting: true,
                ..DestinationChange::default()
            };
            let changed = applied(before, change);
            let state = changed.as_ref().map(|changed| changed.after.state);
            assert_eq!(state, after, "{before:?}, {enabled}");
            if let Some(changed) = changed {
                assert_eq!(changed.after.updated_at, at(1));
                let effects = [
                    changed.is_enabled(),
                    changed.skips_waiting(),
                    changed.resets_health(),
                ];
                assert_eq!(effects, [enabled; 3], "{before:?}");
                assert!(changed.ends_lease());
            }
        }
    }

    #[test]
    fn only_what_a_worker_uses_ends_its_lease() {
        let none = DestinationChange::default;
        let url = DestinationUrl::accepted("https://other.example/".to_owned());
        for (change, resets_health, is_reordered, ends_lease) in [
            (
                DestinationChange {
                    label: Some(DestinationLabel::parse("other").unwrap()),
                    version: Some(WebhookVersion::parse("v4").unwrap()),
                    subscriptions: Some(Subscriptions::default()),
                    ..none()
                },
                false,
                false,
                false,
            ),
            (
                DestinationChange {
                    url: Some(url),
                    ..none()
                },
                true,
                false,
                true,
            ),
            (
                DestinationChange {
                    ordering: Some(DeliveryOrdering::None),
                    ..none()
                },
                false,
                true,
                true,
            ),
        ] {
            let changed = applied(DestinationState::Enabled, change).unwrap();
            assert_eq!(changed.resets_health(), resets_health, "{changed:?}");
            assert_eq!(changed.is_reordered(), is_reordered, "{changed:?}");
            assert_eq!(changed.ends_lease(), ends_lease, "{changed:?}");
            assert!(!changed.is_enabled() && !changed.skips_waiting());
        }
    }

    #[test]
    fn a_change_to_the_current_values_changes_nothing() {
        let before = destination(disabled(DisabledReason::Client, 0));
        let same = DestinationChange {
            label: Some(before.label.clone()),
            url: Some(before.url.clone()),
            enabled: Some(false),
            skip_waiting: true,
            version: Some(before.version.clone()),
            subscriptions: Some(before.subscriptions.clone()),
            ordering: Some(before.ordering),
        };
        for change in [DestinationChange::default(), same] {
            assert_eq!(change.apply(&before, at(1), at(LATER)), None);
        }
    }
}
