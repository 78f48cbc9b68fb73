//! Builders of destinations, attempts and recoveries.

use users_domain::model::webhooks::{
    Attempt, AttemptFilter, AttemptOutcome, AttemptQuery, AttemptStart, AttemptTrigger,
    DeliveryOrdering, Destination, DestinationLabel, DestinationState, DestinationUrl, EventName,
    Recovery, RecoveryState, SealedSecret, Subscriptions, TransportError, WebhookVersion,
};
use users_domain::model::{
    ApplicationId, AttemptId, DestinationId, EventId, PageSize, RecoveryId, Timestamp, WebhookType,
    random_uuid,
};

use crate::{base_time, unique_seed};

/// A unique enabled destination, ordered per user and subscribed to all events.
#[must_use]
pub fn a_destination(application: ApplicationId) -> Destination {
    let id = random_uuid(base_time(), unique_seed());
    Destination {
        id: DestinationId::new(id),
        application,
        label: DestinationLabel::parse("Test").expect("a label"),
        url: destination_url(&format!("https://receiver.example/{id}")),
        state: DestinationState::Enabled,
        version: WebhookVersion::parse("v3").expect("a version"),
        subscriptions: subscriptions(&WebhookType::ALL.map(WebhookType::as_str)),
        ordering: DeliveryOrdering::PerUser,
        created_at: base_time(),
        updated_at: base_time(),
    }
}

/// A URL without validation.
#[must_use]
pub fn destination_url(text: &str) -> DestinationUrl {
    DestinationUrl::accepted(text.to_owned())
}

/// Subscriptions to these kinds of events.
#[must_use]
pub fn subscriptions(names: &[&str]) -> Subscriptions {
    let names = names.iter().map(|name| EventName::parse(name).expect("the name of an event"));
    Subscriptions::new(names).expect("not too many subscriptions")
}

/// Random bytes as a sealed secret. Stores do not unseal secrets.
#[must_use]
pub fn a_sealed_secret() -> SealedSecret {
    SealedSecret::from_bytes(unique_seed().to_vec())
}

/// A scheduled attempt that timed out, with a next attempt.
#[must_use]
pub fn an_attempt(destination: &Destination) -> Attempt {
    Attempt {
        id: AttemptId::new(random_uuid(base_time(), unique_seed())),
        application: destination.application,
        destination: destination.id,
        event: EventId::new(random_uuid(base_time(), unique_seed())),
        event_recorded_at: base_time(),
        webhook_type: WebhookType::UserDataUpdated.as_str().to_owned(),
        trigger: AttemptTrigger::Schedule,
        number: 1,
        status_code: None,
        error: Some(TransportError::TimedOut),
        duration_ms: 15_000,
        outcome: AttemptOutcome::Failed,
        created_at: base_time(),
        next_attempt_at: Some(base_time().plus_millis(5_000)),
    }
}

/// A query for the newest attempts of all outcomes.
#[must_use]
pub fn newest_attempts() -> AttemptQuery {
    AttemptQuery {
        filter: AttemptFilter::default(),
        start: AttemptStart::Offset(0),
        limit: PageSize::DEFAULT,
    }
}

/// A new recovery of dead letters since a time.
#[must_use]
pub fn a_recovery(destination: &Destination, since: Timestamp) -> Recovery {
    Recovery {
        id: RecoveryId::new(random_uuid(base_time(), unique_seed())),
        application: destination.application,
        destination: destination.id,
        since,
        state: RecoveryState::Running,
        recovered: 0,
        created_at: base_time(),
        finished_at: None,
    }
}
