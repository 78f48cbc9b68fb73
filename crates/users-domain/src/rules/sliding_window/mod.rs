//! Exact rate limiting over a sliding window.
//!
//! An admitted request counts for [`RateLimit::WINDOW`], excluding its end; a refused request does not count.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::{RateLimit, Timestamp, Verdict};

/// Up to this capacity no memory is released, as it would soon be allocated again.
const RETAINED_CAPACITY: usize = 64;

/// The admitted requests of one subject that still count; four bytes per request.
///
/// If the clock is set back by no more than a window, time does not advance until the clock has caught up. If it is set
/// back by more, the new time is used: the newest request is treated as admitted now, and the distances between
/// requests stay the same. In both cases a request counts for at least one window and at most two.
#[derive(Debug, Clone, Default)]
pub struct SlidingWindow {
    /// Times in microseconds modulo 2^32, oldest first. Only differences matter, and all lie within one window.
    marks: VecDeque<u32>,
    /// Time of the newest admitted request, in microseconds since the Unix epoch.
    newest: i64,
}

impl SlidingWindow {
    const WINDOW: i64 = RateLimit::WINDOW.as_secs().cast_signed() * 1_000_000;

    /// Decides about a request, and counts it if it is admitted. The current limit applies to all that count.
    pub fn check(&mut self, clock: Timestamp, limit: RateLimit) -> Verdict {
        let clock = clock.unix_micros();
        let now = self.time_of_check(clock);
        self.remove_until(now.saturating_sub(Self::WINDOW));

        let most = usize::try_from(limit.requests()).unwrap_or(usize::MAX);
        let admitted = self.marks.len() < most;
        if admitted {
            self.admit(now);
        }
        let count = self.marks.len();
        // The next request is admitted when fewer than `most` of the counting ones remain.
        let blocking = count.checked_sub(most).and_then(|index| self.time(index));
        Verdict {
            admitted,
            limit,
            remaining: u32::try_from(most.saturating_sub(count)).unwrap_or(u32::MAX),
            next_in: blocking.map_or(Duration::ZERO, |time| remaining_time(time, clock)),
            full_in: remaining_time(self.newest, clock),
        }
    }

    /// The time of the newest stored request.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        let newest = Timestamp::from_unix_micros(self.newest);
        newest.filter(|_| !self.marks.is_empty())
    }

    /// Whether no request counts any more. An idle window can be replaced by a new one.
    #[must_use]
    pub fn is_idle(&self, clock: Timestamp) -> bool {
        self.marks.is_empty() || clock.unix_micros().saturating_sub(self.newest) >= Self::WINDOW
    }

    /// The number of stored requests.
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

    /// Removes the requests that were admitted at this time or before.
    fn remove_until(&mut self, time: i64) {
        if self.newest <= time {
            self.marks.clear();
        }
        while self.time(0).is_some_and(|oldest| oldest <= time) {
            self.marks.pop_front();
        }
        let (len, capacity) = (self.marks.len(), self.marks.capacity());
        if capacity > RETAINED_CAPACITY && len < capacity / 4 {
            self.marks.shrink_to(RETAINED_CAPACITY.max(len * 2));
        }
    }

    fn admit(&mut self, now: i64) {
        // Less than one window: older marks were removed.
        let step = u32::try_from(now.saturating_sub(self.newest)).unwrap_or(0);
        let mark = self.marks.back().map_or(0, |mark| mark.wrapping_add(step));
        self.marks.push_back(mark);
        self.newest = now;
    }

    /// The time of the request at this index.
    fn time(&self, index: usize) -> Option<i64> {
        let (mark, newest) = (self.marks.get(index)?, self.marks.back()?);
        Some(self.newest - i64::from(newest.wrapping_sub(*mark)))
    }
}

/// How long a request that was admitted at this time still counts.
fn remaining_time(admitted_at: i64, clock: i64) -> Duration {
    let left = admitted_at.saturating_add(SlidingWindow::WINDOW).saturating_sub(clock);
    Duration::from_micros(u64::try_from(left).unwrap_or(0))
}
