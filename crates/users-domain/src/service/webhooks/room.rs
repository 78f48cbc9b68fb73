//! Room for sends that a client asked for. Each holds a socket for as long as the receiver likes to take, so there is an
//! end to how many there are at once.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Sends by request that a process has under way at once, at most: far more than people ask for by hand.
const SENDS_AT_ONCE: usize = 16;

/// Counts sends that are under way.
#[derive(Debug)]
pub(super) struct Room(AtomicUsize);

impl Room {
    pub(super) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// A place, unless all are taken.
    pub(super) fn enter(&self) -> Option<Place<'_>> {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                (taken < SENDS_AT_ONCE).then_some(taken + 1)
            })
            .ok()
            .map(|_| Place(&self.0))
    }
}

/// Free again once it is dropped.
#[must_use]
pub(super) struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
