//! What is known of keys, for a short while. Owns how long and how much; must never hold a key's secret.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use subtle::ConstantTimeEq as _;
use users_domain::model::{KeyDigest, KeyGrant};

/// Only keys that exist are remembered, so nobody can fill this with guesses.
const MAX_ENTRIES: usize = 10_000;

pub(crate) struct KeyCache {
    lifetime: Duration,
    entries: Mutex<HashMap<KeyDigest, Entry>>,
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
            entries: Mutex::default(),
        }
    }

    /// What is known of the key of this digest.
    pub(super) fn find(&self, digest: &KeyDigest, now: Instant) -> Option<KeyGrant> {
        let entries = self.entries();
        let entry = entries.get(digest)?;
        (self.is_fresh(entry, now) && is_key_of(&entry.grant, digest)).then(|| entry.grant.clone())
    }

    /// Remembers what the store said when it was asked at `asked_at`.
    pub(super) fn learn(&self, grant: KeyGrant, asked_at: Instant) {
        if self.lifetime.is_zero() {
            return;
        }
        let mut entries = self.entries();
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

    /// Nothing is ever left half changed under this lock.
    fn entries(&self) -> MutexGuard<'_, HashMap<KeyDigest, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares the digests in a time that does not tell how much of them agrees.
pub(super) fn is_key_of(grant: &KeyGrant, digest: &KeyDigest) -> bool {
    grant.key.digest.as_bytes().ct_eq(digest.as_bytes()).into()
}
