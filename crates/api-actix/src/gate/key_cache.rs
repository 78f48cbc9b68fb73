//! What is known of keys, for a short while. Owns how long and how much; must never hold a key's secret.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq as _;
use users_domain::model::{KeyDigest, KeyGrant, KeyId};

/// Only keys that exist are remembered, so nobody can fill this with guesses.
const MAX_ENTRIES: usize = 10_000;

pub(crate) struct KeyCache {
    lifetime: Duration,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    entries: HashMap<KeyDigest, Entry>,
    /// When a key was last forgotten.
    forgot_at: Option<Instant>,
}

struct Entry {
    grant: KeyGrant,
    learnt_at: Instant,
}

impl KeyCache {
    /// Keeps what it learns for `lifetime`; zero keeps nothing.
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            known: Mutex::default(),
        }
    }

    /// What is known of the key of this digest.
    pub(super) fn find(&self, digest: &KeyDigest, now: Instant) -> Option<KeyGrant> {
        let known = self.known();
        let entry = known.entries.get(digest)?;
        (self.is_fresh(entry, now) && is_key_of(&entry.grant, digest)).then(|| entry.grant.clone())
    }

    /// Remembers what the store said when it was asked at `asked_at`, unless a key was forgotten since: it may be this one,
    /// as it was before.
    pub(super) fn learn(&self, grant: KeyGrant, asked_at: Instant) {
        if self.lifetime.is_zero() {
            return;
        }
        let mut known = self.known();
        if known.forgot_at.is_some_and(|forgot| asked_at <= forgot) {
            return;
        }
        let entries = &mut known.entries;
        if entries.len() >= MAX_ENTRIES {
            entries.retain(|_, entry| self.is_fresh(entry, asked_at));
        }
        if entries.len() >= MAX_ENTRIES {
            entries.clear();
        }
        let entry = Entry {
            grant,
            learnt_at: asked_at,
        };
        entries.insert(entry.grant.key.digest, entry);
    }

    fn is_fresh(&self, entry: &Entry, now: Instant) -> bool {
        now.saturating_duration_since(entry.learnt_at) < self.lifetime
    }

    /// Forgets a key at the end of a change of it, whatever comes of that.
    pub(crate) const fn forgetting(&self, key: KeyId) -> Forgetting<'_> {
        Forgetting { cache: self, key }
    }

    fn forget(&self, key: KeyId) {
        let mut known = self.known();
        known.forgot_at = Some(Instant::now());
        known.entries.retain(|_, entry| entry.grant.key.id != key);
    }

    /// Nothing is ever left half changed under this lock.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change of a key that is under way.
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

/// Compares the digests in a time that does not tell how much of them agrees.
pub(super) fn is_key_of(grant: &KeyGrant, digest: &KeyDigest) -> bool {
    grant.key.digest.as_bytes().ct_eq(digest.as_bytes()).into()
}
