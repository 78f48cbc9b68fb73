//! Requests, counted in this process. Unlike the store beside it, this may serve real users: of one server process.

use std::collections::BTreeSet;
use std::collections::hash_map::{Entry, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use users_domain::model::{LimitSubject, RateLimit, Timestamp, Verdict};
use users_domain::ports::{Clock, RateLimiter, StoreError};
use users_domain::rules::SlidingWindow;

use crate::clock::MachineClock;

/// How many idle subjects a check forgets at most: more than the one that it may add, so that they never pile up.
const FORGOTTEN_PER_CHECK: usize = 2;

/// Counts requests in memory: four bytes for each that counts, and some hundred for each subject.
///
/// A subject of which nothing counts any more is forgotten as others are checked. Subjects that are keys are as many as
/// there are keys in use. Addresses are as many as somebody cares to send from, so only
/// [so many](MemoryRateLimiter::with_address_capacity) are known at once: one more, and the one that has been admitted
/// nothing for the longest time is forgotten, its count with it. An attacker with more addresses than that is admitted
/// more than the limit of each, but nobody else is refused for it.
pub struct MemoryRateLimiter {
    clock: Arc<dyn Clock>,
    address_capacity: usize,
    counts: Mutex<Counts>,
}

impl MemoryRateLimiter {
    /// How many addresses are known at once unless said otherwise.
    pub const ADDRESS_CAPACITY: usize = 100_000;

    /// Counts by the machine's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(MachineClock))
    }

    /// Counts by this clock.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            address_capacity: Self::ADDRESS_CAPACITY,
            counts: Mutex::default(),
        }
    }

    /// Knows so many addresses at once, at least one.
    #[must_use]
    pub fn with_address_capacity(mut self, addresses: usize) -> Self {
        self.address_capacity = addresses.max(1);
        self
    }

    /// How many subjects are known.
    #[must_use]
    pub fn subjects(&self) -> usize {
        self.lock().windows.len()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryRateLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryRateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRateLimiter")
            .field("address_capacity", &self.address_capacity)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl RateLimiter for MemoryRateLimiter {
    async fn check(&self, subject: LimitSubject, limit: RateLimit) -> Result<Verdict, StoreError> {
        let mut counts = self.lock();
        // Read under the lock, so that checks see it in their order.
        let now = self.clock.now();
        counts.forget_idle(now);
        let verdict = counts.check(subject, now, limit);
        counts.forget_addresses_beyond(self.address_capacity);
        Ok(verdict)
    }
}

/// All subjects, each in exactly one of the two orders as well.
#[derive(Default)]
struct Counts {
    windows: HashMap<LimitSubject, SlidingWindow>,
    /// Keys, by when the newest was admitted.
    keys: BTreeSet<(Timestamp, LimitSubject)>,
    /// Addresses, likewise.
    addresses: BTreeSet<(Timestamp, LimitSubject)>,
}

impl Counts {
    fn check(&mut self, subject: LimitSubject, now: Timestamp, limit: RateLimit) -> Verdict {
        let window = match self.windows.entry(subject) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(SlidingWindow::default()),
        };
        let before = window.newest();
        let verdict = window.check(now, limit);
        let after = window.newest();
        if before != after {
            let order = match subject {
                LimitSubject::KeyReads { .. } | LimitSubject::KeyWrites { .. } => &mut self.keys,
                LimitSubject::Address(_) | LimitSubject::Public(_) => &mut self.addresses,
            };
            if let Some(before) = before {
                order.remove(&(before, subject));
            }
            order.extend(after.map(|after| (after, subject)));
        }
        verdict
    }

    fn forget_idle(&mut self, now: Timestamp) {
        for order in [&mut self.keys, &mut self.addresses] {
            for _ in 0..FORGOTTEN_PER_CHECK {
                let oldest = order.first().copied();
                let idle = |(_, subject): &(Timestamp, LimitSubject)| {
                    let window = self.windows.get(subject);
                    window.is_none_or(|window| window.is_idle(now))
                };
                let Some((_, subject)) = oldest.filter(idle) else {
                    break;
                };
                order.pop_first();
                self.windows.remove(&subject);
            }
        }
        give_room_back(&mut self.windows);
    }

    fn forget_addresses_beyond(&mut self, capacity: usize) {
        while self.addresses.len() > capacity
            && let Some((_, subject)) = self.addresses.pop_first()
        {
            self.windows.remove(&subject);
        }
    }
}

/// A map keeps the room of its busiest time unless it is told not to.
fn give_room_back(windows: &mut HashMap<LimitSubject, SlidingWindow>) {
    const KEPT: usize = 1024;
    if windows.capacity() > KEPT && windows.len() < windows.capacity() / 8 {
        windows.shrink_to(KEPT.max(windows.len() * 2));
    }
}
