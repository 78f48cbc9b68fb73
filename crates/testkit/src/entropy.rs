//! Reproducible and unique seeds.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use users_domain::ports::Entropy;

/// An `Entropy` that counts: the same calls in the same order return the same seeds.
#[derive(Debug, Default)]
pub struct CountingEntropy {
    base: [u8; 32],
    next: AtomicU64,
}

impl CountingEntropy {
    /// An entropy whose seeds differ from those of another base.
    #[must_use]
    pub fn based_on(base: [u8; 32]) -> Self {
        Self { base, next: AtomicU64::new(0) }
    }
}

impl Entropy for CountingEntropy {
    fn seed(&self) -> [u8; 32] {
        let number = self.next.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let mut seed = self.base;
        // Bytes 2 to 9 become the random part of a UUID that is created directly from a seed.
        for (to, from) in seed.iter_mut().skip(2).zip(number) {
            *to ^= from;
        }
        seed
    }
}

/// 32 random bytes, unique across calls and processes, because tests may share a database.
#[must_use]
pub fn unique_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    for part in seed.chunks_mut(8) {
        let random = RandomState::new().build_hasher().finish().to_be_bytes();
        part.copy_from_slice(&random);
    }
    seed
}

#[cfg(test)]
mod tests;
