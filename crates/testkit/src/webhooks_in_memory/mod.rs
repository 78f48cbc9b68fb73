//! Destinations and their data in memory, for tests of the ports' callers. There are no lanes: nothing is leased or
//! sent, and tests add the results of delivery through [`InspectQueue`](crate::conformance::InspectQueue).

mod attempt_log;
mod destination_store;
mod queue;
mod recovery_store;
mod secrets;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use users_domain::model::webhooks::{
    Attempt, AttemptOutcome, Breaker, DeliveryOrdering, DeliveryStats, Destination,
    DestinationDetail, DestinationOverview, DestinationSummary, Failing, Recovery,
};
use users_domain::model::{ApplicationId, DestinationId, EventId, Timestamp};
use users_domain::ports::{ApplicationStore, Clock as _, EncodedEvent};

use crate::FixedClock;
use secrets::Secrets;

/// The ports of webhook destinations in memory. Share it in an `Arc`, as each of the ports.
pub struct MemoryWebhooks {
    applications: Arc<dyn ApplicationStore>,
    clock: Arc<FixedClock>,
    state: Mutex<State>,
}

impl MemoryWebhooks {
    /// Creates an empty store for destinations of these applications. The clock provides the times that a store
    /// assigns.
    #[must_use]
    pub fn new(applications: Arc<dyn ApplicationStore>, clock: Arc<FixedClock>) -> Self {
        Self { applications, clock, state: Mutex::default() }
    }

    fn time(&self) -> Timestamp {
        self.clock.now()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryWebhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryWebhooks").finish_non_exhaustive()
    }
}

/// The destinations and the events of all applications.
#[derive(Debug, Default)]
struct State {
    files: BTreeMap<(ApplicationId, DestinationId), File>,
    events: BTreeMap<(ApplicationId, EventId), StoredEvent>,
    next_secret: i64,
}

#[derive(Debug)]
struct StoredEvent {
    webhook_type: &'static str,
    encoded: EncodedEvent,
    recorded_at: Timestamp,
}

/// A destination and everything that is removed with it.
#[derive(Debug)]
struct File {
    destination: Destination,
    secrets: Secrets,
    stats: DeliveryStats,
    health: Health,
    /// By `queue_seq`.
    waiting: BTreeMap<i64, Delivery>,
    /// By `queue_seq`.
    dead_letters: BTreeMap<i64, (Delivery, Timestamp)>,
    /// In the order of insertion.
    attempts: Vec<Attempt>,
    recoveries: Vec<Recovery>,
}

/// Health of a destination, as far as clients see it.
#[derive(Debug, Clone, Copy)]
struct Health {
    breaker: Breaker,
    paused_until: Option<Timestamp>,
    failing: Option<Failing>,
}

impl Health {
    const HEALTHY: Self = Self { breaker: Breaker::Closed, paused_until: None, failing: None };
}

/// A waiting or dead delivery.
#[derive(Debug, Clone, Copy)]
struct Delivery {
    order_key: i64,
    event: EventId,
    event_recorded_at: Timestamp,
    attempts_made: u32,
    /// Whether the delivery waits for its next attempt.
    postponed: bool,
}

impl File {
    /// Whether the delivery with this `queue_seq` has to wait for an earlier one.
    fn is_parked(&self, queue_seq: i64) -> bool {
        let Some(delivery) = self.waiting.get(&queue_seq) else {
            return false;
        };
        self.destination.ordering == DeliveryOrdering::PerUser
            && self
                .waiting
                .range(..queue_seq)
                .any(|(_, earlier)| earlier.order_key == delivery.order_key)
    }

    fn skip_waiting(&mut self, at: Timestamp) {
        let skipped = std::mem::take(&mut self.waiting);
        let dead = skipped.into_iter().map(|(queue_seq, delivery)| (queue_seq, (delivery, at)));
        self.dead_letters.extend(dead);
    }

    fn overview(&self) -> DestinationOverview {
        DestinationOverview { destination: self.destination.clone(), stats: self.stats }
    }

    fn detail(&self, now: Timestamp) -> DestinationDetail {
        let counted = |rows: usize| (rows as u64).min(DestinationSummary::COUNTED_TO);
        let oldest = self.waiting.first_key_value();
        let newest_recovery =
            self.recoveries.iter().max_by_key(|recovery| (recovery.created_at, recovery.id));
        DestinationDetail {
            destination: self.destination.clone(),
            stats: self.stats,
            summary: DestinationSummary {
                waiting: counted(self.waiting.len()),
                dead_letters: counted(self.dead_letters.len()),
                oldest_waiting_since: oldest.map(|(_, delivery)| delivery.event_recorded_at),
                breaker: self.health.breaker,
                paused_until: self.health.paused_until.filter(|until| *until > now),
                failing: self.health.failing,
                last_failure: self.last_failure().cloned(),
                secret_created_at: self.secrets.newest_created_at(),
                old_secret_signs_until: self.secrets.old_sign_until(now),
                last_recovery: newest_recovery.cloned(),
            },
        }
    }

    fn last_failure(&self) -> Option<&Attempt> {
        self.attempts
            .iter()
            .filter(|attempt| attempt.outcome != AttemptOutcome::Delivered)
            .max_by_key(|attempt| (attempt.created_at, attempt.id))
    }
}
