//! Access for tests to the queue of a destination, in place of sequencing and sending.

use users_domain::model::webhooks::{Attempt, Breaker, DestinationState, DisabledReason, Failing};
use users_domain::model::{ApplicationId, DestinationId, EventId, Timestamp, UserEvent};

use super::{Delivery, File, Health};
use crate::MemoryStore;
use crate::state::{State, StoredEvent};

/// A waiting delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredDelivery {
    /// Place in the queue.
    pub place: i64,
    /// Deliveries with the same key wait for each other.
    pub order_key: i64,
    /// The event to send. A recovery drops the delivery if the event is not stored.
    pub event: EventId,
    /// When the event was stored.
    pub event_recorded_at: Timestamp,
    /// Number of attempts made.
    pub attempts_made: u32,
}

/// A dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredDeadLetter {
    /// The delivery.
    pub delivery: StoredDelivery,
    /// When it became a dead letter.
    pub dead_at: Timestamp,
}

impl MemoryStore {
    /// Adds a delivery to the queue of a destination. Returns `false` if the destination does not exist.
    pub fn put_delivery(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        delivery: StoredDelivery,
    ) -> bool {
        let put = |file: &mut File| file.waiting.insert(delivery.place, delivery.stored());
        self.with_file(application, destination, put).is_some()
    }

    /// Postpones all due deliveries to their next attempt. Returns `false` if the destination does not exist.
    pub fn postpone(&self, application: ApplicationId, destination: DestinationId) -> bool {
        let postpone = |file: &mut File| {
            let parked: Vec<_> = file
                .waiting
                .keys()
                .map(|place| file.is_parked(*place))
                .collect();
            for (delivery, parked) in file.waiting.values_mut().zip(parked) {
                delivery.postponed = !parked;
            }
        };
        self.with_file(application, destination, postpone).is_some()
    }

    /// Number of deliveries that wait for their next attempt.
    #[must_use]
    pub fn postponed(&self, application: ApplicationId, destination: DestinationId) -> usize {
        let postponed = |file: &mut File| {
            let waiting = file.waiting.values();
            waiting.filter(|delivery| delivery.postponed).count()
        };
        self.with_file(application, destination, postponed)
            .unwrap_or_default()
    }

    /// Adds a dead letter to a destination. Returns `false` if the destination does not exist.
    pub fn put_dead_letter(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        letter: StoredDeadLetter,
    ) -> bool {
        let stored = (letter.delivery.stored(), letter.dead_at);
        let put = |file: &mut File| file.dead_letters.insert(letter.delivery.place, stored);
        self.with_file(application, destination, put).is_some()
    }

    /// Adds an attempt unchanged, including its time, to the log and the statistics. Returns `false` if the destination
    /// does not exist.
    pub fn put_attempt(&self, attempt: Attempt) -> bool {
        let (application, destination) = (attempt.application, attempt.destination);
        self.with_file(application, destination, |file| file.log(attempt))
            .is_some()
    }

    /// Sets the health of a destination. Returns `false` if the destination does not exist.
    pub fn set_health(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        breaker: Breaker,
        paused_until: Option<Timestamp>,
        failing: Option<Failing>,
    ) -> bool {
        let health = Health {
            breaker,
            paused_until,
            failing,
        };
        self.with_file(application, destination, |file| file.health = health)
            .is_some()
    }

    /// Disables a destination as delivery does. Returns `false` if the destination does not exist.
    pub fn disable_destination(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        reason: DisabledReason,
    ) -> bool {
        let state = DestinationState::Disabled {
            reason,
            since: self.now(),
        };
        let disable = |file: &mut File| file.destination.state = state;
        self.with_file(application, destination, disable).is_some()
    }

    /// Stores an event without a change to a user. Returns the time of storing.
    pub fn put_event(&self, event: UserEvent) -> Timestamp {
        let recorded_at = self.now();
        let encoded = self.encoder.encode(&event);
        let mut state = self.lock();
        let users = state.users.entry(event.application).or_default();
        users.events.push(StoredEvent {
            event,
            encoded,
            recorded_at,
        });
        recorded_at
    }

    /// Removes the events of an application, as the retention does.
    pub fn forget_events(&self, application: ApplicationId) {
        if let Some(users) = self.lock().users.get_mut(&application) {
            users.events.clear();
        }
    }

    /// The waiting deliveries of a destination by place, each with whether an earlier delivery must be settled first.
    #[must_use]
    pub fn deliveries(
        &self,
        application: ApplicationId,
        destination: DestinationId,
    ) -> Vec<(StoredDelivery, bool)> {
        let shown = |file: &mut File| {
            let waiting = file.waiting.iter();
            waiting
                .map(|(place, delivery)| (delivery.shown(*place), file.is_parked(*place)))
                .collect()
        };
        self.with_file(application, destination, shown)
            .unwrap_or_default()
    }

    /// The dead letters of a destination by place.
    #[must_use]
    pub fn dead_letters(
        &self,
        application: ApplicationId,
        destination: DestinationId,
    ) -> Vec<StoredDeadLetter> {
        let shown = |file: &mut File| {
            let letters = file.dead_letters.iter();
            letters
                .map(|(place, (delivery, dead_at))| StoredDeadLetter {
                    delivery: delivery.shown(*place),
                    dead_at: *dead_at,
                })
                .collect()
        };
        self.with_file(application, destination, shown)
            .unwrap_or_default()
    }

    fn with_file<T>(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        work: impl FnOnce(&mut File) -> T,
    ) -> Option<T> {
        let mut state = self.lock();
        let file = state.webhooks.files.get_mut(&(application, destination));
        file.map(work)
    }
}

impl StoredDelivery {
    const fn stored(self) -> Delivery {
        Delivery {
            order_key: self.order_key,
            event: self.event,
            event_recorded_at: self.event_recorded_at,
            attempts_made: self.attempts_made,
            postponed: false,
        }
    }
}

impl Delivery {
    const fn shown(self, place: i64) -> StoredDelivery {
        StoredDelivery {
            place,
            order_key: self.order_key,
            event: self.event,
            event_recorded_at: self.event_recorded_at,
            attempts_made: self.attempts_made,
        }
    }
}

impl State {
    pub(super) fn event(&self, application: ApplicationId, id: EventId) -> Option<&StoredEvent> {
        let users = self.users.get(&application)?;
        users.events.iter().find(|stored| stored.event.id == id)
    }

    pub(super) fn event_ids(&self) -> std::collections::BTreeSet<(ApplicationId, EventId)> {
        let of = |(application, users): (&ApplicationId, &crate::state::ApplicationUsers)| {
            let application = *application;
            let ids: Vec<_> = users
                .events
                .iter()
                .map(|stored| (application, stored.event.id))
                .collect();
            ids
        };
        self.users.iter().flat_map(of).collect()
    }
}
