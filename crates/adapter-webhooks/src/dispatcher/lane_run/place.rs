//! The permit of a lane in work. The run releases it while it only waits for slow answers, so that other lanes can
//! proceed, and takes one again before it continues.

use std::time::Duration;

use tokio::time::Instant;

use super::LaneRun;

/// The run keeps its permit while it waits for attempts that take up to this long.
const SLOW: Duration = Duration::from_secs(1);

impl LaneRun {
    /// When to release the permit if nothing happens before.
    pub(super) fn leave_place_at(&self) -> Option<Instant> {
        let waits = self.place.is_some() && !self.sends.is_empty();
        waits.then(|| self.moved_at + SLOW)
    }

    /// Releases the permit if it is time. Unsent deliveries stay due and are read again later.
    pub(super) fn leave_place(&mut self, now: Instant) {
        let is_time = self.leave_place_at().is_some_and(|at| at <= now);
        if is_time && self.turn.is_empty() && self.reading.is_empty() && self.flush.is_empty() {
            self.read.more = !self.hand.waiting.is_empty();
            self.hand.waiting.clear();
            self.place = None;
        }
    }

    /// Whether the run has a permit; tries to take one if not.
    pub(super) fn has_place(&mut self) -> bool {
        if self.place.is_none() {
            self.place = self.shared.places.try_take(self.application);
        }
        self.place.is_some()
    }
}
