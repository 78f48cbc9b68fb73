//! Which destinations receive which events.

use crate::model::webhooks::{Destination, DestinationState, DisabledReason, Subscriptions};

/// Whether the subscriptions include events of this type.
#[must_use]
pub fn wants(subscriptions: &Subscriptions, webhook_type: &str) -> bool {
    subscriptions.names().iter().any(|name| name.as_str() == webhook_type)
}

/// Whether a destination receives an event of this type that happens now. Events are not delivered if a client has
/// disabled the destination; if the service has disabled it, they are stored for later delivery.
#[must_use]
pub fn receives(destination: &Destination, webhook_type: &str) -> bool {
    let accepts_events = match destination.state {
        DestinationState::Enabled => true,
        DestinationState::Disabled { reason, .. } => match reason {
            DisabledReason::Client => false,
            DisabledReason::Gone | DisabledReason::Failing => true,
        },
    };
    accepts_events && wants(&destination.subscriptions, webhook_type)
}

#[cfg(test)]
pub(super) mod tests;
