//! When a request is within its limit: exact over a window that slides, not one that starts anew.
//!
//! An admitted request counts for [`RateLimit::WINDOW`] after it, up to but without the end. So in no span of that
//! length, wherever it begins, more are admitted than the limit says. One that is refused does not count.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::{RateLimit, Timestamp, Verdict};

/// Below this room nothing is given back: it would only be taken again.
const KEPT_ROOM: usize = 64;

/// What one subject was admitted, as long as it counts: four bytes for each request.
///
/// A clock that is set back by no more than a window stands still until it has caught up. One that is set back by more
/// is believed, and what was admitted keeps its distances: the newest is taken as of now. Either way a request counts
/// for no less than its window, and for no more than two.
#[derive(Debug, Clone, Default)]
pub struct SlidingWindow {
    /// In microseconds, oldest first, each as its distance to the others modulo 2^32: what is kept lies within one
    /// window, which is far less.
    marks: VecDeque<u32>,
    /// When the newest was admitted, in microseconds since the Unix epoch.
    newest: i64,
}

impl SlidingWindow {
    const WINDOW: i64 = RateLimit::WINDOW.as_secs().cast_signed() * 1_000_000;

    /// Decides about a request, and counts it when it is admitted. The limit may differ from call to call: the newest
    /// one holds at once for all that counts.
    pub fn check(&mut self, clock: Timestamp, limit: RateLimit) -> Verdict {
        let clock = clock.unix_micros();
        let now = self.time_of_check(clock);
        self.forget_before(now.saturating_sub(Self::WINDOW));

        let most = usize::try_from(limit.requests()).unwrap_or(usize::MAX);
        let admitted = self.marks.len() < most;
        if admitted {
            self.admit(now);
        }
        let count = self.marks.len();
        // With `most` counting, the next is admitted when the oldest of them ends; with more, when that many have.
        let blocking = count.checked_sub(most).and_then(|index| self.time(index));
        Verdict {
            admitted,
            limit,
            remaining: u32::try_from(most.saturating_sub(count)).unwrap_or(u32::MAX),
            next_in: blocking.map_or(Duration::ZERO, |time| until_the_end(time, clock)),
            full_in: until_the_end(self.newest, clock),
        }
    }

    /// When the newest that is kept was admitted.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        let newest = Timestamp::from_unix_micros(self.newest);
        newest.filter(|_| !self.marks.is_empty())
    }

    /// Whether nothing counts any more, so that a new value would do as well.
    #[must_use]
    pub fn is_idle(&self, clock: Timestamp) -> bool {
        self.marks.is_empty() || clock.unix_micros().saturating_sub(self.newest) >= Self::WINDOW
    }

    /// How many requests are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.marks.len()
    }

    fn time_of_check(&mut self, clock: i64) -> i64 {
        if self.marks.is_empty() || self.newest <= clock {
            return clock;
        }
        if self.newest.saturating_sub(clock) > Self::WINDOW {
            self.newest = clock;
        }
        self.newest
    }

    /// Forgets what was admitted at this time or before.
    fn forget_before(&mut self, time: i64) {
        if self.newest <= time {
            self.marks.clear();
        }
        while self.time(0).is_some_and(|oldest| oldest <= time) {
            self.marks.pop_front();
        }
        let (kept, room) = (self.marks.len(), self.marks.capacity());
        if room > KEPT_ROOM && kept < room / 4 {
            self.marks.shrink_to(KEPT_ROOM.max(kept * 2));
        }
    }

    fn admit(&mut self, now: i64) {
        // Less than a window, else nothing would be kept.
        let step = u32::try_from(now.saturating_sub(self.newest)).unwrap_or(0);
        let mark = self.marks.back().map_or(0, |mark| mark.wrapping_add(step));
        self.marks.push_back(mark);
        self.newest = now;
    }

    /// When the one at this place was admitted.
    fn time(&self, index: usize) -> Option<i64> {
        let (mark, newest) = (self.marks.get(index)?, self.marks.back()?);
        Some(self.newest - i64::from(newest.wrapping_sub(*mark)))
    }
}

/// How long what was admitted then still counts.
fn until_the_end(admitted_at: i64, clock: i64) -> Duration {
    let left = admitted_at
        .saturating_add(SlidingWindow::WINDOW)
        .saturating_sub(clock);
    Duration::from_micros(u64::try_from(left).unwrap_or(0))
}
