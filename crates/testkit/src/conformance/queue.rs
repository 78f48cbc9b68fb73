//! Access to stored deliveries, attempts and health, past the ports.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::webhooks::{
    Attempt, Breaker, Destination, DestinationDetail, DisabledReason, Failing,
};
use users_domain::model::{ApplicationId, EventId, Timestamp, UserEvent, random_uuid};
use users_domain::ports::{ApplicationStore, AttemptLog, DestinationStore, RecoveryStore};

use crate::{a_destination, a_sealed_secret, an_application, an_event, base_time, unique_seed};

/// Adapters of the webhook ports under test. All of them use the same data.
#[derive(Clone)]
pub struct WebhookSubject {
    /// Stores the applications that the clauses create.
    pub applications: Arc<dyn ApplicationStore>,
    /// The destination port.
    pub destinations: Arc<dyn DestinationStore>,
    /// The log of attempts.
    pub attempts: Arc<dyn AttemptLog>,
    /// Recovers dead letters.
    pub recoveries: Arc<dyn RecoveryStore>,
    /// Reads and writes data that none of these ports returns.
    pub queue: Arc<dyn InspectQueue>,
}

/// A waiting delivery or a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The position in the queue.
    pub queue_seq: i64,
    /// The ordering key.
    pub order_key: i64,
    /// The event to send.
    pub event: EventId,
    /// The time at which the event was stored.
    pub event_recorded_at: Timestamp,
    /// The number of attempts so far.
    pub attempts_made: u32,
    /// Whether it waits for an earlier delivery of its key; `false` for dead letters.
    pub parked: bool,
}

/// The health of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShownHealth {
    /// The state of the circuit breaker.
    pub breaker: Breaker,
    /// The end of the pause of the lane.
    pub paused_until: Option<Timestamp>,
    /// The current series of failures.
    pub failing: Option<Failing>,
}

/// Writes and reads rows that sequencing and sending produce. Owners are stored destinations.
#[async_trait]
pub trait InspectQueue: Send + Sync {
    /// The store's time.
    async fn now(&self) -> Timestamp;

    /// Makes all secrets expire earlier by `span`.
    async fn let_secrets_age(&self, span: Duration);

    /// Stores an event and returns the time at which it was stored.
    async fn put_event(&self, event: UserEvent) -> Timestamp;

    /// Deletes the events of an application, as the retention does.
    async fn delete_events(&self, application: ApplicationId);

    /// Adds a delivery to the queue without waking the lane.
    async fn put_delivery(&self, owner: &Destination, row: DeliveryRow);

    /// Postpones the due deliveries, as after a failure.
    async fn postpone(&self, owner: &Destination);

    /// The number of deliveries that wait for their next attempt.
    async fn postponed(&self, owner: &Destination) -> usize;

    /// Stores a dead letter.
    async fn put_dead_letter(&self, owner: &Destination, row: DeliveryRow, dead_at: Timestamp);

    /// Adds an attempt to the log with its own time, without changing statistics.
    async fn put_attempt(&self, attempt: Attempt);

    /// Sets the health of a destination.
    async fn set_health(&self, owner: &Destination, health: ShownHealth);

    /// Disables the destination, as the delivery does.
    async fn disable(&self, owner: &Destination, reason: DisabledReason);

    /// The waiting deliveries, ordered by position.
    async fn deliveries(&self, owner: &Destination) -> Vec<DeliveryRow>;

    /// The dead letters and their times, ordered by position.
    async fn dead_letters(&self, owner: &Destination) -> Vec<(DeliveryRow, Timestamp)>;

    /// Whether the next worker that requests a lane gets this one.
    async fn is_awake(&self, owner: &Destination) -> bool;
}

impl WebhookSubject {
    /// Stores a new application.
    pub(super) async fn an_application(&self) -> ApplicationId {
        let application = an_application();
        let id = application.id;
        assert_eq!(self.applications.add(application).await, Ok(true));
        id
    }

    /// Stores a destination of a new application.
    pub(super) async fn a_destination(&self) -> Destination {
        let application = self.an_application().await;
        self.has(a_destination(application)).await
    }

    /// Stores a destination and returns it as stored: the store sets the time of a disabled state.
    pub(super) async fn has(&self, destination: Destination) -> Destination {
        let added = self.destinations.add(destination.clone(), a_sealed_secret()).await;
        assert_eq!(added, Ok(()));
        let state = self.detail(&destination).await.destination.state;
        Destination { state, ..destination }
    }

    /// Reads a destination, which must be stored.
    pub(super) async fn detail(&self, of: &Destination) -> DestinationDetail {
        let found = self.destinations.find(of.application, of.id).await;
        found.expect("the store answers").expect("the destination")
    }

    /// A delivery of a stored event, not yet in the queue.
    pub(super) async fn a_delivery(
        &self,
        owner: &Destination,
        queue_seq: i64,
        order_key: i64,
    ) -> DeliveryRow {
        let event = UserEvent {
            id: EventId::new(random_uuid(base_time(), unique_seed())),
            application: owner.application,
            ..an_event()
        };
        DeliveryRow {
            queue_seq,
            order_key,
            event: event.id,
            event_recorded_at: self.queue.put_event(event).await,
            attempts_made: 3,
            parked: false,
        }
    }

    /// Stores deliveries of these ordering keys at the positions 1, 2, … Only the first of each key is not parked.
    pub(super) async fn waits(&self, owner: &Destination, order_keys: &[i64]) -> Vec<DeliveryRow> {
        let mut rows: Vec<DeliveryRow> = Vec::new();
        for (queue_seq, key) in (1..).zip(order_keys) {
            let row = DeliveryRow {
                parked: rows.iter().any(|row| row.order_key == *key),
                ..self.a_delivery(owner, queue_seq, *key).await
            };
            self.queue.put_delivery(owner, row).await;
            rows.push(row);
        }
        assert_eq!(self.queue.deliveries(owner).await, rows);
        rows
    }
}
