//! Which destinations receive which events.

use crate::model::webhooks::{Destination, DestinationState, DisabledReason, Subscriptions};

/// Whether the subscriptions include events of this type.
#[must_use]
pub fn wants(subscriptions: &Subscriptions, webhook_type: &str) -> bool {
    subscriptions
        .names()
        .iter()
        .any(|name| name.as_str() == webhook_type)
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
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::webhooks::{
        DeliveryOrdering, DestinationLabel, DestinationUrl, EventName, WebhookVersion,
    };
    use crate::model::{ApplicationId, DestinationId, Timestamp};

    pub(in super::super) fn destination(state: DestinationState) -> Destination {
        let wanted = [
            EventName::parse("user.data.updated").unwrap(),
            EventName::parse("transaction.created").unwrap(),
        ];
        Destination {
            id: DestinationId::new(Uuid::from_u128(1)),
            application: ApplicationId::new(Uuid::from_u128(2)),
            label: DestinationLabel::parse("label").unwrap(),
            url: DestinationUrl::accepted("https://receiver.example/".to_owned()),
            state,
            version: WebhookVersion::parse("v3").unwrap(),
            subscriptions: Subscriptions::new(wanted).unwrap(),
            ordering: DeliveryOrdering::PerUser,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_destinations_disabled_by_a_client_receive_no_events() {
        let state_of = |reason| {
            destination(DestinationState::Disabled {
                reason,
                since: Timestamp::UNIX_EPOCH,
            })
        };
        let receiving: Vec<_> = DisabledReason::ALL
            .into_iter()
            .filter(|reason| receives(&state_of(*reason), "user.data.updated"))
            .collect();
        assert_eq!(receiving, [DisabledReason::Gone, DisabledReason::Failing]);
        assert!(receives(
            &destination(DestinationState::Enabled),
            "user.data.updated"
        ));
    }

    #[test]
    fn names_are_compared_as_a_whole() {
        let destination = destination(DestinationState::Enabled);
        for other in ["user.status.updated", "user.data", "user.data.updated2", ""] {
            assert!(!receives(&destination, other), "{other}");
        }
    }
}
