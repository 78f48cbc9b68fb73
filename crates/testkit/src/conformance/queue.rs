//! What delivery leaves behind, put in and looked at past the ports.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::webhooks::{Attempt, Breaker, Destination, DisabledReason, Failing};
use users_domain::model::{ApplicationId, EventId, Timestamp, UserEvent, random_uuid};
use users_domain::ports::{ApplicationStore, AttemptLog, DestinationStore, RecoveryStore};

use crate::{a_destination, a_sealed_secret, an_application, an_event, base_time, unique_seed};

/// An adapter of the ports around destinations under test. All of them look at the same data.
#[derive(Clone)]
pub struct WebhookSubject {
    /// Takes the application that each clause makes for itself.
    pub applications: Arc<dyn ApplicationStore>,
    /// The destinations.
    pub destinations: Arc<dyn DestinationStore>,
    /// What was tried.
    pub attempts: Arc<dyn AttemptLog>,
    /// Puts back what failed.
    pub recoveries: Arc<dyn RecoveryStore>,
    /// Looks at what no port of these shows.
    pub queue: Arc<dyn InspectQueue>,
}

/// A delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Its place in the queue.
    pub place: i64,
    /// What it may have to wait for.
    pub order_key: i64,
    /// What is to be sent.
    pub event: EventId,
    /// When that was stored.
    pub event_recorded_at: Timestamp,
    /// Attempts so far.
    pub attempts_made: u32,
    /// Whether it waits for one before it; `false` where it was given up on.
    pub parked: bool,
}

/// How a destination fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// Whether attempts are held back.
    pub breaker: Breaker,
    /// Until when the lane is held back.
    pub paused_until: Option<Timestamp>,
    /// The run of failures.
    pub failing: Option<Failing>,
}

/// Puts in what sequencing and sending leave behind, and looks at it. Owners are destinations that are stored.
#[async_trait]
pub trait InspectQueue: Send + Sync {
    /// The store's time.
    async fn now(&self) -> Timestamp;

    /// Lets the ends of secrets come nearer, as if so much time had passed.
    async fn let_secrets_age(&self, span: Duration);

    /// Stores an event, and tells when that was.
    async fn put_event(&self, event: UserEvent) -> Timestamp;

    /// Removes the events of an application, as it happens to those that are too old.
    async fn forget_events(&self, application: ApplicationId);

    /// Puts a delivery into the queue and wakes nobody.
    async fn put_delivery(&self, owner: &Destination, row: DeliveryRow);

    /// Makes what is due wait for an attempt much later, as after a failure.
    async fn postpone(&self, owner: &Destination);

    /// How many deliveries wait for their next attempt.
    async fn postponed(&self, owner: &Destination) -> usize;

    /// Puts a dead letter beside the queue.
    async fn put_dead_letter(&self, owner: &Destination, row: DeliveryRow, dead_at: Timestamp);

    /// Puts an attempt into the log with the time it has. Counts nothing.
    async fn put_attempt(&self, attempt: Attempt);

    /// Makes the destination fare so.
    async fn set_fate(&self, owner: &Destination, fate: Fate);

    /// Disables the destination as delivery does.
    async fn disable(&self, owner: &Destination, reason: DisabledReason);

    /// What waits, by place.
    async fn deliveries(&self, owner: &Destination) -> Vec<DeliveryRow>;

    /// What was given up on and when, by place.
    async fn dead_letters(&self, owner: &Destination) -> Vec<(DeliveryRow, Timestamp)>;

    /// Whether the next worker that asks is given this lane.
    async fn is_awake(&self, owner: &Destination) -> bool;
}

impl WebhookSubject {
    /// A stored application that no other test has.
    pub(super) async fn an_application(&self) -> ApplicationId {
        let application = an_application();
        let id = application.id;
        assert_eq!(self.applications.add(application).await, Ok(true));
        id
    }

    /// A stored destination of an application of its own.
    pub(super) async fn a_destination(&self) -> Destination {
        let application = self.an_application().await;
        self.has(a_destination(application)).await
    }

    /// Stores a destination, and gives it as it is kept: where it is off, the store says since when.
    pub(super) async fn has(&self, destination: Destination) -> Destination {
        let (application, id) = (destination.application, destination.id);
        let added = self
            .destinations
            .add(destination.clone(), a_sealed_secret())
            .await;
        assert_eq!(added, Ok(()));
        if destination.state.is_enabled() {
            return destination;
        }
        let kept = self.destinations.find(application, id).await;
        let kept = kept.expect("the store answers").expect("the destination");
        Destination {
            state: kept.destination.state,
            ..destination
        }
    }

    /// A delivery of a stored event that is not yet in any queue.
    pub(super) async fn a_delivery(
        &self,
        owner: &Destination,
        place: i64,
        order_key: i64,
    ) -> DeliveryRow {
        let event = UserEvent {
            id: EventId::new(random_uuid(base_time(), unique_seed())),
            application: owner.application,
            ..an_event()
        };
        DeliveryRow {
            place,
            order_key,
            event: event.id,
            event_recorded_at: self.queue.put_event(event).await,
            attempts_made: 3,
            parked: false,
        }
    }

    /// Deliveries of these ordering keys at the places 1, 2, …: what is behind another one of its key is parked.
    pub(super) async fn waits(&self, owner: &Destination, order_keys: &[i64]) -> Vec<DeliveryRow> {
        let mut rows: Vec<DeliveryRow> = Vec::new();
        for (place, key) in (1..).zip(order_keys) {
            let row = DeliveryRow {
                parked: rows.iter().any(|row| row.order_key == *key),
                ..self.a_delivery(owner, place, *key).await
            };
            self.queue.put_delivery(owner, row).await;
            rows.push(row);
        }
        assert_eq!(self.queue.deliveries(owner).await, rows);
        rows
    }
}
