//! Caches authenticated keys for a short time, with a limit on entries. Must never hold a key's secret.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq as _;
use users_domain::model::{KeyDigest, KeyGrant, KeyId};

/// The most entries. Only existing keys are cached, so guessed keys cannot fill the cache.
const MAX_ENTRIES: usize = 10_000;

pub(super) struct KeyCache {
    lifetime: Duration,
    known: Mutex<Cached>,
}

#[derive(Default)]
struct Cached {
    entries: HashMap<KeyDigest, Entry>,
    /// When a key was last removed.
    removed_at: Option<Instant>,
}

struct Entry {
    grant: KeyGrant,
    read_at: Instant,
}

impl KeyCache {
    /// Caches entries for `lifetime`; zero disables the cache.
    pub(super) fn new(lifetime: Duration) -> Self {
        Self { lifetime, known: Mutex::default() }
    }

    /// Returns the fresh cache entry for this digest.
    pub(super) fn find(&self, digest: &KeyDigest, now: Instant) -> Option<KeyGrant> {
        let known = self.known();
        let entry = known.entries.get(digest)?;
        (self.is_fresh(entry, now) && is_key_of(&entry.grant, digest)).then(|| entry.grant.clone())
    }

    /// Caches a grant that was read from the store at `read_at`, unless a key was removed since: the grant may be an
    /// older state of that key.
    pub(super) fn learn(&self, grant: KeyGrant, read_at: Instant) {
        if self.lifetime.is_zero() {
            return;
        }
        let mut known = self.known();
        if known.removed_at.is_some_and(|removed| read_at <= removed) {
            return;
        }
        let entries = &mut known.entries;
        if entries.len() >= MAX_ENTRIES {
            entries.retain(|_, entry| self.is_fresh(entry, read_at));
        }
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        let entry = Entry { grant, read_at };
        entries.insert(entry.grant.key.digest, entry);
    }

    fn is_fresh(&self, entry: &Entry, now: Instant) -> bool {
        now.saturating_duration_since(entry.read_at) < self.lifetime
    }

    /// Removes a key when the returned guard is dropped, whether or not its change succeeds.
    pub(super) const fn forgetting(&self, key: KeyId) -> Forgetting<'_> {
        Forgetting { cache: self, key }
    }

    fn forget(&self, key: KeyId) {
        let mut known = self.known();
        known.removed_at = Some(Instant::now());
        known.entries.retain(|_, entry| entry.grant.key.id != key);
    }

    /// A panic cannot leave the data inconsistent, so a poisoned lock is usable.
    fn known(&self) -> MutexGuard<'_, Cached> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guard for a change of a key; removes the key from the cache on drop.
#[must_use]
pub(crate) struct Forgetting<'a> {
    cache: &'a KeyCache,
    key: KeyId,
}

impl Drop for Forgetting<'_> {
    fn drop(&mut self) {
        self.cache.forget(self.key);
    }
}

/// Compares the digests in constant time.
pub(super) fn is_key_of(grant: &KeyGrant, digest: &KeyDigest) -> bool {
    grant.key.digest.as_bytes().ct_eq(digest.as_bytes()).into()
}
