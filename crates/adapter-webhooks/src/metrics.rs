//! Delivery metrics for operators. No label holds an id, a name or an address.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};
use users_domain::model::webhooks::AttemptOutcome;
use users_domain::ports::Backlog;

use crate::dispatcher::DeferReason;

/// In seconds; from the lag of a healthy service to the lag after a long outage.
const LAG_BUCKETS: [f64; 16] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0,
];

/// A single label: its name and its value.
type Label = [(&'static str, &'static str); 1];

/// Counters and gauges of this process. Clones share their values.
#[derive(Debug, Clone)]
pub struct DeliveryMetrics {
    lag: Histogram,
    attempts: Family<Label, Counter>,
    in_flight: Gauge,
    deferred: Family<Label, Counter>,
    lease_losses: Counter,
    duplicates_possible: Counter,
    dead_letters: Counter,
    sequenced_changes: Counter,
    sequenced_deliveries: Counter,
}

impl Default for DeliveryMetrics {
    /// Creates metrics that no registry exports.
    fn default() -> Self {
        Self::registered(&mut Registry::default())
    }
}

/// Creates a metric and registers it.
pub fn registered<M: Metric + Clone + Default>(
    registry: &mut Registry,
    name: &str,
    help: &str,
) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

fn label(outcome: AttemptOutcome) -> Label {
    [("outcome", outcome.as_str())]
}

const fn reason(why: DeferReason) -> Label {
    [("reason", why.as_str())]
}

impl DeliveryMetrics {
    /// Creates metrics and registers them.
    #[must_use]
    pub fn registered(registry: &mut Registry) -> Self {
        let lag = Histogram::new(LAG_BUCKETS);
        registry.register_with_unit(
            "webhook_lag",
            "Time from the beginning of a change's transaction to its first attempt at a destination, or the first one after a recovery",
            Unit::Seconds,
            lag.clone(),
        );
        let attempts: Family<Label, Counter> =
            registered(registry, "webhook_attempts", "Finished attempts, by outcome");
        for outcome in AttemptOutcome::ALL {
            drop(attempts.get_or_create_owned(&label(outcome)));
        }
        let in_flight = registered(registry, "webhook_attempts_in_flight", "Attempts in flight");
        let help = "Destinations released without an attempt, by reason";
        let deferred: Family<Label, Counter> = registered(registry, "webhook_put_off", help);
        for why in DeferReason::ALL {
            drop(deferred.get_or_create_owned(&reason(why)));
        }
        let mut counter = |name, help| registered(registry, name, help);
        Self {
            lag,
            attempts,
            in_flight,
            deferred,
            lease_losses: counter(
                "webhook_lease_losses",
                "Leases that ended before the destination was released, counted by the worker that took it over",
            ),
            duplicates_possible: counter(
                "webhook_duplicates_possible",
                "Attempts whose event may be sent a second time, or was",
            ),
            dead_letters: counter("webhook_dead_letters", "Deliveries that became dead letters"),
            sequenced_changes: counter(
                "webhook_sequenced_changes",
                "Changes whose deliveries were created",
            ),
            sequenced_deliveries: counter(
                "webhook_sequenced_deliveries",
                "Deliveries created from changes",
            ),
        }
    }

    /// Counts a round of sequencing.
    pub fn sequenced(&self, changes: usize, deliveries: usize) {
        self.sequenced_changes.inc_by(changes as u64);
        self.sequenced_deliveries.inc_by(deliveries as u64);
    }

    /// Records the lag of a delivery's first attempt, counted from its change.
    pub(crate) fn first_attempt_after(&self, lag: Duration) {
        self.lag.observe(lag.as_secs_f64());
    }

    pub(crate) fn attempt_began(&self) {
        self.in_flight.inc();
    }

    /// Counts an attempt as no longer in flight.
    pub(crate) fn attempt_left(&self) {
        self.in_flight.dec();
    }

    pub(crate) fn attempt_ended(&self, outcome: AttemptOutcome) {
        self.attempts.get_or_create_owned(&label(outcome)).inc();
    }

    /// Counts a lane released without an attempt.
    pub(crate) fn deferred(&self, why: DeferReason) {
        self.deferred.get_or_create_owned(&reason(why)).inc();
    }

    /// Counts a lane taken over from a worker that had not released it.
    pub(crate) fn lease_lost(&self) {
        self.lease_losses.inc();
    }

    /// Counts attempts that were or may be made twice.
    pub(crate) fn duplicates_possible(&self, attempts: usize) {
        self.duplicates_possible.inc_by(attempts as u64);
    }

    pub(crate) fn dead_lettered(&self, deliveries: usize) {
        self.dead_letters.inc_by(deliveries as u64);
    }
}

/// Registers gauges of the pending work of all processes, as read from the store.
pub(crate) fn register_backlog(registry: &mut Registry, backlog: &Backlog) {
    let gauge = |value: u64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        gauge
    };
    for (name, help, value) in [
        ("outbox_rows", "Changes whose deliveries are not created yet", backlog.outbox),
        ("webhook_deliveries_due", "Deliveries that could be sent now", backlog.due),
        (
            "webhook_dead_letters_waiting",
            "Deliveries that are dead letters and not yet recovered",
            backlog.dead_letters,
        ),
        (
            "rows_without_partition",
            "Rows of events or attempts outside every daily partition: should be 0",
            backlog.rows_without_partition,
        ),
    ] {
        registry.register(name, help, gauge(value));
    }
    let age = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
    age.set(backlog.outbox_age.as_secs_f64());
    registry.register_with_unit(
        "outbox_age",
        "How long the oldest change whose deliveries are not made yet has waited",
        Unit::Seconds,
        age,
    );
    let lanes: Family<Label, Gauge> = Family::default();
    for (state, count) in [
        ("idle", backlog.idle_lanes),
        ("ready", backlog.ready_lanes),
        ("leased", backlog.leased_lanes),
        ("paused", backlog.paused_lanes),
        ("disabled", backlog.disabled_lanes),
    ] {
        let lane = lanes.get_or_create_owned(&[("state", state)]);
        lane.set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    registry.register("webhook_lanes", "Destinations by the state of their queue", lanes);
}

#[cfg(test)]
mod tests;
