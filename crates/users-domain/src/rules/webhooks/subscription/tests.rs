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
    let state_of =
        |reason| destination(DestinationState::Disabled { reason, since: Timestamp::UNIX_EPOCH });
    let receiving: Vec<_> = DisabledReason::ALL
        .into_iter()
        .filter(|reason| receives(&state_of(*reason), "user.data.updated"))
        .collect();
    assert_eq!(receiving, [DisabledReason::Gone, DisabledReason::Failing]);
    assert!(receives(&destination(DestinationState::Enabled), "user.data.updated"));
}

#[test]
fn names_are_compared_as_a_whole() {
    let destination = destination(DestinationState::Enabled);
    for other in ["user.status.updated", "user.data", "user.data.updated2", ""] {
        assert!(!receives(&destination, other), "{other}");
    }
}
