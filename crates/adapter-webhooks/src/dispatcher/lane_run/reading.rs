//! Reads further due deliveries while a lane is in work.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use users_domain::ports::{DueDelivery, StoreError};
use users_domain::rules::webhooks::health::{self, Permit};

use super::LaneRun;

/// Minimum time between two reads of a lane in work; a delivery that becomes due in between waits this long.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(25);

/// Interval of reads while attempts are slow and there is room for more, so that a slow attempt for one user does not
/// delay events of other users.
const READ_BESIDE_AFTER: Duration = Duration::from_millis(250);

pub(super) struct LastRead {
    at: Instant,
    /// More deliveries were due than requested, or became due since.
    pub(super) more: bool,
    /// Number of attempts that ended since.
    pub(super) ended: usize,
}

impl LastRead {
    pub(super) const fn of(more: bool, at: Instant) -> Self {
        let ended = 0;
        Self { at, more, ended }
    }
}

impl LaneRun {
    /// When to read the queue again, if few unsent deliveries are left and more may be due.
    pub(super) fn read_at(&self, now: Instant) -> Option<Instant> {
        let has_enough = self.in_flight.waiting.len() >= self.shared.limits.batch.div_ceil(2);
        if has_enough || self.is_over(now) || self.is_held_back() {
            return None;
        }
        let sending = !self.sends.is_empty();
        if self.read.more && self.permit.is_none() && !self.has_room() {
            None
        } else if self.read.more {
            Some(self.read.at)
        } else if self.read.ended > 0 && (sending || !self.in_flight.waiting.is_empty()) {
            Some(self.read.at + READ_AGAIN_AFTER)
        } else if sending && self.has_room() {
            Some(self.read.at + READ_BESIDE_AFTER)
        } else {
            None
        }
    }

    fn is_held_back(&self) -> bool {
        let permit = health::permit(&self.lane.health, self.database_now());
        matches!(permit, Permit::Wait { .. })
    }

    pub(super) fn begin_reading(&mut self) {
        if !self.has_permit() {
            self.read = LastRead::of(false, Instant::now());
            return;
        }
        let (shared, except) = (Arc::clone(&self.shared), self.in_flight.queue_seqs());
        let (lane, _) = self.lease.key();
        self.read = LastRead::of(false, Instant::now());
        self.reading.put(async move {
            let limit = shared.limits.batch;
            shared.ports.lanes.due(lane, &except, limit).await
        });
    }

    pub(super) fn read_more(&mut self, due: Result<Vec<DueDelivery>, StoreError>) {
        match due {
            Ok(due) => {
                self.shared.outage.answered();
                self.read.more |= due.len() >= self.shared.limits.batch;
                self.in_flight.waiting.extend(due);
            }
            Err(error) => self.shared.outage.failed(&error),
        }
    }
}
