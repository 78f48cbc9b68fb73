//! Who is told of what.

use crate::model::webhooks::{Destination, DestinationState, DisabledReason, Subscriptions};

/// Whether events of this type are wanted.
#[must_use]
pub fn wants(subscriptions: &Subscriptions, webhook_type: &str) -> bool {
    subscriptions
        .names()
        .iter()
        .any(|name| name.as_str() == webhook_type)
}

/// Whether a destination is owed an event of this type that happens now. What happens while a client has turned it off is
/// not owed; what happens while the service holds it back is, and waits.
#[must_use]
pub fn is_owed(destination: &Destination, webhook_type: &str) -> bool {
    let listening = match destination.state {
        DestinationState::Enabled => true,
        DestinationState::Disabled { reason, .. } => match reason {
            DisabledReason::Client => false,
            DisabledReason::Gone | DisabledReason::Failing => true,
        },
    };
    listening && wants(&destination.subscriptions, webhook_type)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::webhooks::{
        DeliveryOrdering, DestinationLabel, DestinationUrl, EventName, WebhookVersion,
    };
    use crate::model::{ApplicationId, DestinationId, Timestamp};

    fn destination(state: DestinationState) -> Destination {
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
    fn only_what_a_client_turned_off_is_owed_nothing() {
        let state_of = |reason| {
            destination(DestinationState::Disabled {
                reason,
                since: Timestamp::UNIX_EPOCH,
            })
        };
        let owed: Vec<_> = DisabledReason::ALL
            .into_iter()
            .filter(|reason| is_owed(&state_of(*reason), "user.data.updated"))
            .collect();
        assert_eq!(owed, [DisabledReason::Gone, DisabledReason::Failing]);
        assert!(is_owed(
            &destination(DestinationState::Enabled),
            "user.data.updated"
        ));
    }

    #[test]
    fn names_are_compared_as_a_whole() {
        let destination = destination(DestinationState::Enabled);
        for other in ["user.status.updated", "user.data", "user.data.updated2", ""] {
            assert!(!is_owed(&destination, other), "{other}");
        }
    }
}
