//! Destinations and their data. There are no lanes: nothing is leased or sent, and tests add the results of delivery
//! through `inspect`.

mod attempt_log;
mod destination_store;
mod inspect;
mod recovery_store;
mod secrets;

use std::collections::BTreeMap;

use users_domain::model::webhooks::{
    Attempt, AttemptOutcome, Breaker, DeliveryOrdering, DeliveryStats, Destination,
    DestinationDetail, DestinationOverview, DestinationSummary, Failing, Recovery,
};
use users_domain::model::{ApplicationId, DestinationId, EventId, Timestamp};

pub use inspect::{StoredDeadLetter, StoredDelivery};
use secrets::Secrets;

/// The destinations of all applications.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    files: BTreeMap<(ApplicationId, DestinationId), File>,
    next_secret: i64,
}

/// A destination and everything that is removed with it.
#[derive(Debug)]
struct File {
    destination: Destination,
    secrets: Secrets,
    stats: DeliveryStats,
    health: Health,
    /// By place.
    waiting: BTreeMap<i64, Delivery>,
    /// By place.
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
    const HEALTHY: Self = Self {
        breaker: Breaker::Closed,
        paused_until: None,
        failing: None,
    };
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
    /// Whether the delivery at this place has to wait for an earlier one.
    fn is_parked(&self, place: i64) -> bool {
        let Some(delivery) = self.waiting.get(&place) else {
            return false;
        };
        self.destination.ordering == DeliveryOrdering::PerUser
            && self
                .waiting
                .range(..place)
                .any(|(_, earlier)| earlier.order_key == delivery.order_key)
    }

    fn skip_waiting(&mut self, at: Timestamp) {
        let skipped = std::mem::take(&mut self.waiting);
        let dead = skipped
            .into_iter()
            .map(|(place, delivery)| (place, (delivery, at)));
        self.dead_letters.extend(dead);
    }

    fn overview(&self) -> DestinationOverview {
        DestinationOverview {
            destination: self.destination.clone(),
            stats: self.stats,
        }
    }

    fn detail(&self, now: Timestamp) -> DestinationDetail {
        let counted = |rows: usize| (rows as u64).min(DestinationSummary::COUNTED_TO);
        let oldest = self.waiting.first_key_value();
        let newest_recovery = self
            .recoveries
            .iter()
            .max_by_key(|recovery| (recovery.created_at, recovery.id));
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
