//! A clock that tests control.

use std::sync::atomic::{AtomicI64, Ordering};

use users_domain::model::Timestamp;
use users_domain::ports::Clock;

/// The default start time of tests: 2026-01-01T00:00:00Z.
pub fn base_time() -> Timestamp {
    Timestamp::parse("2026-01-01T00:00:00Z").expect("a time")
}

/// A clock that returns a constant time, or advances by a fixed step after each reading.
#[derive(Debug)]
pub struct FixedClock {
    now_micros: AtomicI64,
    step_micros: AtomicI64,
}

impl FixedClock {
    /// A clock that returns a constant time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self { now_micros: AtomicI64::new(time.unix_micros()), step_micros: AtomicI64::new(0) }
    }

    /// A clock that starts at a time and advances by `step_micros` after each reading.
    #[must_use]
    pub fn ticking(from: Timestamp, step_micros: i64) -> Self {
        let clock = Self::at(from);
        clock.tick_by(step_micros);
        clock
    }

    /// Sets the time of the next reading.
    pub fn set(&self, time: Timestamp) {
        self.now_micros.store(time.unix_micros(), Ordering::SeqCst);
    }

    /// Advances the clock by `micros`; a negative value sets it back.
    pub fn advance(&self, micros: i64) {
        self.now_micros.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the step after each reading; 0 stops the clock.
    pub fn tick_by(&self, step_micros: i64) {
        self.step_micros.store(step_micros, Ordering::SeqCst);
    }
}

impl Default for FixedClock {
    /// A clock that is stopped at [`base_time`].
    fn default() -> Self {
        Self::at(base_time())
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        let step = self.step_micros.load(Ordering::SeqCst);
        let micros = self.now_micros.fetch_add(step, Ordering::SeqCst);
        Timestamp::from_unix_micros(micros).expect("a time within chrono's range")
    }
}

#[cfg(test)]
mod tests;
