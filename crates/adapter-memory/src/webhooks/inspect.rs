//! What tests put into a destination's queue and read from it, where a service would have sequenced and sent.

use users_domain::model::webhooks::{Attempt, Breaker, DestinationState, DisabledReason, Failing};
use users_domain::model::{ApplicationId, DestinationId, EventId, Timestamp, UserEvent};

use super::{Delivery, Fate, File};
use crate::MemoryStore;
use crate::state::{State, StoredEvent};

/// A delivery that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredDelivery {
    /// Its place in the queue.
    pub place: i64,
    /// What it may have to wait for.
    pub order_key: i64,
    /// What is to be sent. Where no such event is stored, a recovery drops it.
    pub event: EventId,
    /// When that was stored.
    pub event_recorded_at: Timestamp,
    /// Attempts so far.
    pub attempts_made: u32,
}

/// A delivery that was given up on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredDeadLetter {
    /// What it was.
    pub delivery: StoredDelivery,
    /// When it was given up on.
    pub dead_at: Timestamp,
}

impl MemoryStore {
    /// Puts a delivery into the queue of a destination. `false`: there is no such destination.
    pub fn put_delivery(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        delivery: StoredDelivery,
    ) -> bool {
        let put = |file: &mut File| file.waiting.insert(delivery.place, delivery.kept());
        self.with_file(application, destination, put).is_some()
    }

    /// Makes what is due wait for its next attempt. `false`: there is no such destination.
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

    /// How many deliveries wait for their next attempt.
    #[must_use]
    pub fn postponed(&self, application: ApplicationId, destination: DestinationId) -> usize {
        let postponed = |file: &mut File| {
            let waiting = file.waiting.values();
            waiting.filter(|delivery| delivery.postponed).count()
        };
        self.with_file(application, destination, postponed)
            .unwrap_or_default()
    }

    /// Puts a dead letter beside the queue of a destination. `false`: there is no such destination.
    pub fn put_dead_letter(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        letter: StoredDeadLetter,
    ) -> bool {
        let kept = (letter.delivery.kept(), letter.dead_at);
        let put = |file: &mut File| file.dead_letters.insert(letter.delivery.place, kept);
        self.with_file(application, destination, put).is_some()
    }

    /// Puts an attempt into the log as it is, its time included, and counts it. `false`: there is no such destination.
    pub fn put_attempt(&self, attempt: Attempt) -> bool {
        let (application, destination) = (attempt.application, attempt.destination);
        self.with_file(application, destination, |file| file.log(attempt))
            .is_some()
    }

    /// Makes a destination fare so. `false`: there is no such destination.
    pub fn set_fate(
        &self,
        application: ApplicationId,
        destination: DestinationId,
        breaker: Breaker,
        paused_until: Option<Timestamp>,
        failing: Option<Failing>,
    ) -> bool {
        let fate = Fate {
            breaker,
            paused_until,
            failing,
        };
        self.with_file(application, destination, |file| file.fate = fate)
            .is_some()
    }

    /// Disables a destination as delivery does it. `false`: there is no such destination.
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

    /// Stores an event without a change of a user, and tells when that was.
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

    /// Forgets the events of an application, as it happens to those that are too old.
    pub fn forget_events(&self, application: ApplicationId) {
        if let Some(users) = self.lock().users.get_mut(&application) {
            users.events.clear();
        }
    }

    /// What waits for a destination, by place, each with whether another one before it has to be settled first.
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

    /// What was given up on, by place.
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
    const fn kept(self) -> Delivery {
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
    /// An event by its id.
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
