//! Destinations, attempts and recoveries.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use adapter_memory::{MemoryStore, StoredDeadLetter, StoredDelivery};
use async_trait::async_trait;
use testkit::conformance::{DeliveryRow, InspectQueue, ShownHealth, WebhookSubject};
use testkit::{FixedClock, PlainEncoder};
use users_domain::model::webhooks::{Attempt, Destination, DestinationState, DisabledReason};
use users_domain::model::{ApplicationId, Timestamp, UserEvent};
use users_domain::ports::{Clock as _, DestinationStore as _};

/// The store and its clock.
struct Inside {
    store: Arc<MemoryStore>,
    clock: Arc<FixedClock>,
}

#[async_trait]
impl InspectQueue for Inside {
    async fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn let_secrets_age(&self, span: Duration) {
        self.clock.advance(span.as_micros().try_into().unwrap());
    }

    async fn put_event(&self, event: UserEvent) -> Timestamp {
        self.store.put_event(event)
    }

    async fn delete_events(&self, application: ApplicationId) {
        self.store.forget_events(application);
    }

    async fn put_delivery(&self, owner: &Destination, row: DeliveryRow) {
        let delivery = delivery(row);
        assert!(
            self.store
                .put_delivery(owner.application, owner.id, delivery)
        );
    }

    async fn postpone(&self, owner: &Destination) {
        assert!(self.store.postpone(owner.application, owner.id));
    }

    async fn postponed(&self, owner: &Destination) -> usize {
        self.store.postponed(owner.application, owner.id)
    }

    async fn put_dead_letter(&self, owner: &Destination, row: DeliveryRow, dead_at: Timestamp) {
        let letter = StoredDeadLetter {
            delivery: delivery(row),
            dead_at,
        };
        assert!(
            self.store
                .put_dead_letter(owner.application, owner.id, letter)
        );
    }

    async fn put_attempt(&self, attempt: Attempt) {
        assert!(self.store.put_attempt(attempt));
    }

    async fn set_health(&self, owner: &Destination, health: ShownHealth) {
        let (application, id) = (owner.application, owner.id);
        let ShownHealth {
            breaker,
            paused_until,
            failing,
        } = health;
        assert!(
            self.store
                .set_health(application, id, breaker, paused_until, failing)
        );
    }

    async fn disable(&self, owner: &Destination, reason: DisabledReason) {
        let (application, id) = (owner.application, owner.id);
        assert!(self.store.disable_destination(application, id, reason));
    }

    async fn deliveries(&self, owner: &Destination) -> Vec<DeliveryRow> {
        let rows = self.store.deliveries(owner.application, owner.id);
        rows.into_iter()
            .map(|(row, parked)| shown(row, parked))
            .collect()
    }

    async fn dead_letters(&self, owner: &Destination) -> Vec<(DeliveryRow, Timestamp)> {
        let letters = self.store.dead_letters(owner.application, owner.id);
        let letters = letters.into_iter();
        letters
            .map(|letter| (shown(letter.delivery, false), letter.dead_at))
            .collect()
    }

    async fn is_awake(&self, owner: &Destination) -> bool {
        let found = self.store.find(owner.application, owner.id).await.unwrap();
        let detail = found.unwrap();
        detail.destination.state == DestinationState::Enabled
            && detail.summary.paused_until.is_none()
            && detail.summary.waiting > 0
    }
}

fn delivery(row: DeliveryRow) -> StoredDelivery {
    StoredDelivery {
        place: row.place,
        order_key: row.order_key,
        event: row.event,
        event_recorded_at: row.event_recorded_at,
        attempts_made: row.attempts_made,
    }
}

fn shown(delivery: StoredDelivery, parked: bool) -> DeliveryRow {
    DeliveryRow {
        place: delivery.place,
        order_key: delivery.order_key,
        event: delivery.event,
        event_recorded_at: delivery.event_recorded_at,
        attempts_made: delivery.attempts_made,
        parked,
    }
}

async fn subject() -> WebhookSubject {
    let clock = Arc::new(FixedClock::default());
    let store = Arc::new(MemoryStore::with_clock(
        Arc::new(PlainEncoder),
        clock.clone(),
    ));
    WebhookSubject {
        applications: store.clone(),
        destinations: store.clone(),
        attempts: store.clone(),
        recoveries: store.clone(),
        queue: Arc::new(Inside { store, clock }),
    }
}

testkit::destination_store_conformance!(subject);
testkit::attempt_log_conformance!(subject);
testkit::recovery_store_conformance!(subject);
