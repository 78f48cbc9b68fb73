//! Rate limits counted in this process, for a service with one process.

use std::collections::BTreeSet;
use std::collections::hash_map::{Entry, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use users_domain::model::{LimitSubject, RateLimit, Timestamp, Verdict};
use users_domain::ports::{Clock, RateLimiter, StoreError};
use users_domain::rules::SlidingWindow;

/// Maximum number of idle subjects removed per check: more than the one that a check may add, so that they do not
/// accumulate.
const REMOVED_PER_CHECK: usize = 2;

/// Counts requests in memory: four bytes per counted request and a few hundred bytes per subject.
///
/// Idle subjects are removed when others are checked. The number of key subjects is bounded by the number of keys in
/// use. The number of addresses is not, so only a [limited number](MemoryRateLimiter::with_address_capacity) is kept:
/// beyond it, the address whose last admitted request is the oldest is removed with its count. An attacker with more
/// addresses than that exceeds the limit of each address, but no other client is refused because of it.
pub struct MemoryRateLimiter {
    clock: Arc<dyn Clock>,
    address_capacity: usize,
    counts: Mutex<Counts>,
}

impl MemoryRateLimiter {
    /// Default number of addresses kept at once.
    pub const ADDRESS_CAPACITY: usize = 100_000;

    /// Creates a limiter that uses this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, address_capacity: Self::ADDRESS_CAPACITY, counts: Mutex::default() }
    }

    /// Sets the number of addresses kept at once, at least one.
    #[must_use]
    pub fn with_address_capacity(mut self, addresses: usize) -> Self {
        self.address_capacity = addresses.max(1);
        self
    }

    /// Number of subjects kept.
    #[must_use]
    pub fn subjects(&self) -> usize {
        self.lock().windows.len()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
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
        // Read under the lock, so that checks see the clock in their order.
        let now = self.clock.now();
        counts.remove_idle(now);
        let verdict = counts.check(subject, now, limit);
        counts.remove_addresses_beyond(self.address_capacity);
        Ok(verdict)
    }
}

/// All subjects; each is also in exactly one of the two orders.
#[derive(Default)]
struct Counts {
    windows: HashMap<LimitSubject, SlidingWindow>,
    /// Keys, ordered by the time of the newest admitted request.
    keys: BTreeSet<(Timestamp, LimitSubject)>,
    /// Addresses, in the same order.
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

    fn remove_idle(&mut self, now: Timestamp) {
        for order in [&mut self.keys, &mut self.addresses] {
            for _ in 0..REMOVED_PER_CHECK {
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
        shrink(&mut self.windows);
    }

    fn remove_addresses_beyond(&mut self, capacity: usize) {
        while self.addresses.len() > capacity
            && let Some((_, subject)) = self.addresses.pop_first()
        {
            self.windows.remove(&subject);
        }
    }
}

/// A map keeps its largest capacity unless it is shrunk.
fn shrink(windows: &mut HashMap<LimitSubject, SlidingWindow>) {
    const KEPT: usize = 1024;
    if windows.capacity() > KEPT && windows.len() < windows.capacity() / 8 {
        windows.shrink_to(KEPT.max(windows.len() * 2));
    }
}
