//! Compares the window with a list of all admitted requests, and checks its guarantees.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::SlidingWindow;
use crate::model::{RateLimit, Timestamp, Verdict};

const WINDOW: i64 = 60_000_000;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_800_000_000_000_000 + micros).unwrap()
}

fn per_minute(requests: u32) -> RateLimit {
    RateLimit::per_minute(requests).unwrap()
}

/// Reference implementation: stores all requests and counts them for each check.
#[derive(Default)]
struct Naive {
    admitted: Vec<i64>,
    ended: usize,
}

impl Naive {
    fn check(&mut self, clock: i64, limit: RateLimit) -> Verdict {
        let newest = self.admitted.last().copied().unwrap_or(i64::MIN);
        let back = newest.saturating_sub(clock);
        if back > WINDOW {
            self.admitted.iter_mut().for_each(|time| *time -= back);
        }
        let now = self.admitted.last().map_or(clock, |last| clock.max(*last));
        // An expired request never counts again, even if the clock is set back.
        let ended = |time: &&i64| **time <= now - WINDOW;
        self.ended = self.ended.max(self.admitted.iter().filter(ended).count());
        let most = limit.requests() as usize;
        let admitted = self.admitted.len() - self.ended < most;
        if admitted {
            self.admitted.push(now);
        }
        let counting = &self.admitted[self.ended..];
        let span = |time: i64| Duration::from_micros((time + WINDOW - clock).try_into().unwrap());
        let blocking = counting.len().checked_sub(most);
        Verdict {
            admitted,
            limit,
            remaining: most.saturating_sub(counting.len()).try_into().unwrap(),
            next_in: blocking.map_or(Duration::ZERO, |index| span(counting[index])),
            full_in: span(*counting.last().unwrap()),
        }
    }
}

/// Forward steps of a clock, including steps close to one window.
fn forward() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => Just(0),
        8 => 0..2_000_000_i64,
        4 => 0..WINDOW,
        1 => prop_oneof![Just(WINDOW - 1), Just(WINDOW), Just(WINDOW + 1)],
        1 => 0..200 * WINDOW,
    ]
}

/// Backward steps of a clock.
fn backward() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => 0..2_000_000_i64,
        2 => 0..WINDOW,
        1 => prop_oneof![Just(WINDOW - 1), Just(WINDOW), Just(WINDOW + 1)],
        1 => 0..200 * WINDOW,
    ]
}

fn any_step() -> impl Strategy<Value = i64> {
    prop_oneof![8 => forward(), 1 => backward().prop_map(|step| -step)]
}

/// The maximum number of times within any window.
fn most_in_a_window(times: &[i64]) -> usize {
    let within = |first: i64| times.iter().filter(move |t| (first..first + WINDOW).contains(t));
    times.iter().map(|first| within(*first).count()).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn the_window_agrees_with_the_reference_implementation(
        steps in vec((any_step(), 1..6_u32), 1..120),
    ) {
        let (mut window, mut naive, mut clock) = (SlidingWindow::default(), Naive::default(), 0);
        for (step, limit) in steps {
            clock += step;
            let verdict = window.check(at(clock), per_minute(limit));
            prop_assert_eq!(verdict, naive.check(at(clock).unix_micros(), per_minute(limit)));
        }
    }

    #[test]
    fn no_window_has_more_than_the_limit(
        steps in vec(forward(), 1..200),
        limit in 1..6_u32,
    ) {
        let (mut window, mut clock, mut admitted) = (SlidingWindow::default(), 0, Vec::new());
        for step in steps {
            clock += step;
            if window.check(at(clock), per_minute(limit)).admitted {
                admitted.push(clock);
            }
        }
        prop_assert!(most_in_a_window(&admitted) <= limit as usize);
    }

    /// Time advances while the clock that the window reads is set back repeatedly.
    #[test]
    fn a_clock_that_is_set_back_admits_no_additional_requests(
        steps in vec((forward(), prop_oneof![3 => Just(0), 1 => backward()]), 1..200),
        limit in 1..6_u32,
    ) {
        let (mut window, mut time, mut behind) = (SlidingWindow::default(), 0, 0);
        let mut admitted = Vec::new();
        for (step, back) in steps {
            time += step;
            behind += back;
            if window.check(at(time - behind), per_minute(limit)).admitted {
                admitted.push(time);
            }
        }
        prop_assert!(most_in_a_window(&admitted) <= limit as usize);
    }

    #[test]
    fn the_next_request_is_admitted_exactly_at_the_reported_time(
        steps in vec((any_step(), 1..6_u32), 1..60),
        limit in 1..6_u32,
    ) {
        let (mut window, mut clock) = (SlidingWindow::default(), 0);
        for (step, limit) in steps {
            clock += step;
            window.check(at(clock), per_minute(limit));
        }
        let verdict = window.check(at(clock), per_minute(limit));
        let next = clock + i64::try_from(verdict.next_in.as_micros()).unwrap();
        prop_assert_eq!(verdict.remaining > 0, next == clock);
        if next > clock {
            prop_assert!(!window.clone().check(at(next - 1), per_minute(limit)).admitted);
        }
        prop_assert!(window.clone().check(at(next), per_minute(limit)).admitted);

        let full = clock + i64::try_from(verdict.full_in.as_micros()).unwrap();
        prop_assert!(!window.is_idle(at(full - 1)) && window.is_idle(at(full)));
        let next = window.check(at(full), per_minute(limit));
        prop_assert_eq!(next.remaining, limit - 1);
    }
}

#[test]
fn a_request_counts_up_to_the_end_of_its_window() {
    let (mut window, limit) = (SlidingWindow::default(), per_minute(2));
    assert!(window.check(at(0), limit).admitted);
    assert!(window.check(at(1), limit).admitted);
    let refused = window.check(at(WINDOW - 1), limit);
    assert!(!refused.admitted);
    assert_eq!(refused.next_in, Duration::from_micros(1));
    assert_eq!(refused.full_in, Duration::from_micros(2));
    assert!(window.check(at(WINDOW), limit).admitted);
    assert!(!window.check(at(WINDOW), limit).admitted);
    assert!(window.check(at(WINDOW + 1), limit).admitted);
}

#[test]
fn a_changed_limit_takes_effect_at_once() {
    let mut window = SlidingWindow::default();
    for second in 0..4 {
        assert!(window.check(at(second * 1_000_000), per_minute(4)).admitted);
    }
    let lower = window.check(at(4_000_000), per_minute(2));
    assert!(!lower.admitted);
    // Three of the four must expire before another one is admitted.
    assert_eq!(lower.next_in, Duration::from_secs(58));
    let higher = window.check(at(4_000_000), per_minute(6));
    assert!(higher.admitted);
    assert_eq!(higher.remaining, 1);
}

#[test]
fn requests_keep_their_distances_when_the_clock_is_set_far_back() {
    let (mut window, limit) = (SlidingWindow::default(), per_minute(2));
    window.check(at(0), limit);
    window.check(at(10_000_000), limit);
    let long_ago = -365 * 24 * 60 * WINDOW;
    let verdict = window.check(at(long_ago), limit);
    assert!(!verdict.admitted);
    assert_eq!(verdict.next_in, Duration::from_secs(50));
    assert_eq!(verdict.full_in, Duration::from_mins(1));
}

#[test]
fn memory_is_released() {
    let (mut window, limit) = (SlidingWindow::default(), per_minute(60_000));
    for request in 0..60_000 {
        assert!(window.check(at(request), limit).admitted);
    }
    assert_eq!(window.kept(), 60_000);
    assert!(window.marks.capacity() <= 1 << 17);
    window.check(at(2 * WINDOW), limit);
    assert_eq!(window.kept(), 1);
    assert!(window.marks.capacity() <= 128, "{}", window.marks.capacity());
}

#[test]
fn extreme_times_are_handled() {
    let (mut window, limit) = (SlidingWindow::default(), per_minute(1));
    let latest = Timestamp::UNIX_EPOCH.plus_millis(u64::MAX);
    assert!(window.check(latest, limit).admitted);
    assert!(!window.check(latest, limit).admitted);
    assert!(!window.check(Timestamp::UNIX_EPOCH, limit).admitted);
}
