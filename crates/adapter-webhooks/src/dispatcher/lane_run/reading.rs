//! Reading on while a lane is in work.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use users_domain::ports::{DueDelivery, StoreError};
use users_domain::rules::webhooks::health::{self, Permit};

use super::LaneRun;

/// A lane in work is looked at anew no more often than this; what becomes due meanwhile waits as long.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(25);

/// What is known of the queue behind what is in hand.
pub(super) struct LastRead {
    at: Instant,
    /// More was due than was asked for, or became due since.
    pub(super) more: bool,
    /// Attempts that ended since.
    pub(super) ended: usize,
}

impl LastRead {
    pub(super) const fn of(more: bool, at: Instant) -> Self {
        let ended = 0;
        Self { at, more, ended }
    }
}

impl LaneRun {
    /// Whether the queue is to be read again: little is in hand, and there is or may be more.
    pub(super) fn wants_more(&self, now: Instant) -> bool {
        let under_way = !self.sends.is_empty() || !self.hand.waiting.is_empty();
        let may_be_more =
            under_way && self.read.ended > 0 && now >= self.read.at + READ_AGAIN_AFTER;
        let held_back = || {
            let permit = health::permit(&self.health, self.database_now());
            matches!(permit, Permit::Wait { .. })
        };
        self.hand.waiting.len() < self.shared.limits.batch.div_ceil(2)
            && (self.read.more || may_be_more)
            && !self.is_over(now)
            && !held_back()
    }

    pub(super) fn begin_reading(&mut self) {
        let (shared, except) = (Arc::clone(&self.shared), self.hand.places());
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
                self.hand.waiting.extend(due);
            }
            Err(error) => self.shared.outage.failed(&error),
        }
    }
}
