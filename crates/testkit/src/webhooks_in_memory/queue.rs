//! Access for tests to the queue of a destination, in place of sequencing and sending.

use std::time::Duration;

use async_trait::async_trait;
use users_domain::model::webhooks::{Attempt, Destination, DestinationState, DisabledReason};
use users_domain::model::{ApplicationId, DestinationId, Timestamp, UserEvent};
use users_domain::ports::EventEncoder as _;

use super::{Delivery, File, Health, MemoryWebhooks, StoredEvent};
use crate::PlainEncoder;
use crate::conformance::{DeliveryRow, InspectQueue, ShownHealth};

impl MemoryWebhooks {
    /// Returns a destination, which must be stored.
    #[must_use]
    pub fn destination(&self, application: ApplicationId, id: DestinationId) -> Destination {
        let state = self.lock();
        let file = state.files.get(&(application, id));
        file.expect("the destination").destination.clone()
    }

    /// Adds an attempt of a stored destination unchanged, including its time, to the log and the statistics.
    pub fn log_attempt(&self, attempt: Attempt) {
        let owner = (attempt.application, attempt.destination);
        let mut state = self.lock();
        let file = state.files.get_mut(&owner);
        file.expect("the destination").log(attempt);
    }

    /// Stores an event without a change to a user. Returns the time of storing.
    pub fn store_event(&self, event: &UserEvent) -> Timestamp {
        let recorded_at = self.time();
        let stored = StoredEvent {
            webhook_type: event.payload.webhook_type().as_str(),
            encoded: PlainEncoder.encode(event),
            recorded_at,
        };
        let mut state = self.lock();
        state.events.insert((event.application, event.id), stored);
        recorded_at
    }

    /// Removes the events of an application, as the retention does.
    pub fn forget_events(&self, application: ApplicationId) {
        let mut state = self.lock();
        state.events.retain(|(owner, _), _| *owner != application);
    }

    fn change_file<T>(&self, owner: &Destination, work: impl FnOnce(&mut File) -> T) -> T {
        let mut state = self.lock();
        let file = state.files.get_mut(&(owner.application, owner.id));
        work(file.expect("the destination"))
    }

    /// Returns the default for a destination that was removed.
    fn read_file<T: Default>(&self, owner: &Destination, work: impl FnOnce(&File) -> T) -> T {
        let state = self.lock();
        let file = state.files.get(&(owner.application, owner.id));
        file.map(work).unwrap_or_default()
    }
}

#[async_trait]
impl InspectQueue for MemoryWebhooks {
    async fn now(&self) -> Timestamp {
        self.time()
    }

    async fn let_secrets_age(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros());
        self.clock.advance(micros.unwrap_or(i64::MAX));
    }

    async fn put_event(&self, event: UserEvent) -> Timestamp {
        self.store_event(&event)
    }

    async fn delete_events(&self, application: ApplicationId) {
        self.forget_events(application);
    }

    async fn put_delivery(&self, owner: &Destination, row: DeliveryRow) {
        self.change_file(owner, |file| {
            file.waiting.insert(row.queue_seq, Delivery::of(row));
        });
    }

    async fn postpone(&self, owner: &Destination) {
        self.change_file(owner, |file| {
            let queue_seqs = file.waiting.keys();
            let parked: Vec<_> = queue_seqs.map(|queue_seq| file.is_parked(*queue_seq)).collect();
            for (delivery, parked) in file.waiting.values_mut().zip(parked) {
                delivery.postponed = !parked;
            }
        });
    }

    async fn postponed(&self, owner: &Destination) -> usize {
        self.read_file(owner, |file| {
            let waiting = file.waiting.values();
            waiting.filter(|delivery| delivery.postponed).count()
        })
    }

    async fn put_dead_letter(&self, owner: &Destination, row: DeliveryRow, dead_at: Timestamp) {
        let letter = (Delivery::of(row), dead_at);
        self.change_file(owner, |file| file.dead_letters.insert(row.queue_seq, letter));
    }

    async fn put_attempt(&self, attempt: Attempt) {
        self.log_attempt(attempt);
    }

    async fn set_health(&self, owner: &Destination, health: ShownHealth) {
        let health = Health {
            breaker: health.breaker,
            paused_until: health.paused_until,
            failing: health.failing,
        };
        self.change_file(owner, |file| file.health = health);
    }

    async fn disable(&self, owner: &Destination, reason: DisabledReason) {
        let since = self.time();
        let state = DestinationState::Disabled { reason, since };
        self.change_file(owner, |file| file.destination.state = state);
    }

    async fn deliveries(&self, owner: &Destination) -> Vec<DeliveryRow> {
        self.read_file(owner, |file| {
            let waiting = file.waiting.iter();
            waiting
                .map(|(queue_seq, delivery)| delivery.row(*queue_seq, file.is_parked(*queue_seq)))
                .collect()
        })
    }

    async fn dead_letters(&self, owner: &Destination) -> Vec<(DeliveryRow, Timestamp)> {
        self.read_file(owner, |file| {
            let letters = file.dead_letters.iter();
            letters
                .map(|(queue_seq, (delivery, dead_at))| (delivery.row(*queue_seq, false), *dead_at))
                .collect()
        })
    }

    async fn is_awake(&self, owner: &Destination) -> bool {
        let now = self.time();
        self.read_file(owner, |file| {
            let summary = file.detail(now).summary;
            file.destination.state == DestinationState::Enabled
                && summary.paused_until.is_none()
                && summary.waiting > 0
        })
    }
}

impl Delivery {
    const fn of(row: DeliveryRow) -> Self {
        Self {
            order_key: row.order_key,
            event: row.event,
            event_recorded_at: row.event_recorded_at,
            attempts_made: row.attempts_made,
            postponed: false,
        }
    }

    const fn row(self, queue_seq: i64, parked: bool) -> DeliveryRow {
        DeliveryRow {
            queue_seq,
            order_key: self.order_key,
            event: self.event,
            event_recorded_at: self.event_recorded_at,
            attempts_made: self.attempts_made,
            parked,
        }
    }
}
