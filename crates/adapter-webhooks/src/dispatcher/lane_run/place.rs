//! The place of a lane among those in work: left while it waits for nothing but slow answers, so that they keep no other
//! lane waiting, and taken again for what comes next.

use std::time::Duration;

use tokio::time::Instant;

use super::LaneRun;

/// Attempts that take no longer are waited for in place.
const SLOW: Duration = Duration::from_secs(1);

impl LaneRun {
    /// When the place is to be left, if nothing happens before.
    pub(super) fn leave_place_at(&self) -> Option<Instant> {
        let waits = self.place.is_some() && !self.sends.is_empty();
        waits.then(|| self.moved_at + SLOW)
    }

    /// What is in hand and was not sent stays where it is, and is read again when there is room for it.
    pub(super) fn leave_place(&mut self, now: Instant) {
        let is_time = self.leave_place_at().is_some_and(|at| at <= now);
        if is_time && self.turn.is_empty() && self.reading.is_empty() && self.flush.is_empty() {
            self.read.more = !self.hand.waiting.is_empty();
            self.hand.waiting.clear();
            self.place = None;
        }
    }

    /// Whether the lane is among those in work, or is so again.
    pub(super) fn has_place(&mut self) -> bool {
        if self.place.is_none() {
            self.place = self.shared.places.try_take(self.application);
        }
        self.place.is_some()
    }
}
