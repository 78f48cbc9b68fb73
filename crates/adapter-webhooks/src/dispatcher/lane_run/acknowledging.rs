//! Collects acknowledgements and stores them; the last settlement releases the lane.

use std::sync::Arc;

use tokio::time::Instant;
use users_domain::model::Timestamp;
use users_domain::model::webhooks::NextStep;
use users_domain::ports::{Settlement, SettlementResult};
use users_domain::rules::webhooks::health;

use super::{Hold, LaneRun, Loss};
use crate::dispatcher::WorkReport;
use crate::dispatcher::settling::settle;

impl LaneRun {
    /// Whether to store the finished attempts now: the batch is full, the oldest has waited long enough, or the lane is
    /// idle.
    pub(super) fn is_flush_due(&self, now: Instant, idle: bool) -> bool {
        let limits = &self.shared.limits;
        let waited = self.in_flight.first_ended_at;
        self.in_flight.ended.len() >= limits.ack_batch
            || waited.is_some_and(|since| idle || now >= since + limits.ack_delay)
    }

    pub(super) fn begin_flush(&mut self, release: bool) {
        if release && self.hold == Hold::Ours {
            self.hold = Hold::BeingGivenBack;
        }
        let (lane, epoch) = self.lease.key();
        let settlement = Settlement {
            lane,
            epoch,
            application: self.lane.application,
            destination: self.lane.destination,
            attempts: self.in_flight.take_ended(),
            health: self.lane.health.clone(),
            not_before: self.not_before(),
            disable: self.disable.filter(|_| !self.disable_written),
            release,
        };
        let unavailable = Arc::clone(&self.store_unavailable);
        self.flush.put(settle(Arc::clone(&self.shared), settlement, unavailable));
    }

    /// The latest of the receiver's retry time, the breaker's retry time and the pause of a [`DeferReason`].
    fn not_before(&self) -> Option<Timestamp> {
        let now = self.database_now();
        let deferred = self.deferred.map(|why| {
            let pause = u64::try_from(why.pause().as_millis()).unwrap_or(u64::MAX);
            now.plus_millis(pause)
        });
        health::not_before(&self.lane.health, now).max(deferred)
    }

    pub(super) fn flushed(&mut self, settlement: &Settlement, result: Option<SettlementResult>) {
        let metrics = &self.shared.metrics;
        self.in_flight.settling.clear();
        let settled = &settlement.attempts;
        if let Some(result) = result {
            let dead_letters =
                settled.iter().filter(|attempt| attempt.next == NextStep::DeadLetter);
            metrics.dead_lettered(dead_letters.count());
            metrics.duplicates_possible(result.settled_before);
            self.read.more |= result.unparked > 0;
            self.disable_written |= settlement.disable.is_some();
            if result.taken_over {
                self.lost.get_or_insert(Loss::TakenOver);
            }
            if !result.still_owner {
                self.hold = Hold::Lost;
            }
        } else {
            metrics.duplicates_possible(settled.len());
            self.lost = Some(Loss::Unwritten);
            self.hold = Hold::Lost;
        }
        if self.hold == Hold::Lost {
            self.lease.lose();
        }
    }

    /// Builds the report once this worker no longer has the lane. The loss of a lease is counted by the next worker of
    /// the lane, because this process may be dead by then.
    pub(super) fn finish(mut self) -> WorkReport {
        let destination = self.lane.destination;
        if self.lost.is_some() {
            tracing::warn!(%destination, "a lease ended before its work was written down");
            self.report.lost = 1;
        } else if self.hold == Hold::Lost {
            tracing::debug!(%destination, "a webhook destination was changed or removed while it was worked on");
        }
        if self.lost != Some(Loss::Unwritten) {
            self.lease.settled();
        }
        self.report
    }
}
