//! Randomness that repeats, and randomness that never does.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};

use users_domain::ports::Entropy;

/// Counts: the same calls in the same order give the same seeds.
#[derive(Debug, Default)]
pub struct CountingEntropy {
    base: [u8; 32],
    next: AtomicU64,
}

impl CountingEntropy {
    /// Counts from other seeds than entropies of another base do.
    #[must_use]
    pub fn based_on(base: [u8; 32]) -> Self {
        Self {
            base,
            next: AtomicU64::new(0),
        }
    }
}

impl Entropy for CountingEntropy {
    fn seed(&self) -> [u8; 32] {
        let number = self.next.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        let mut seed = self.base;
        // Bytes 2 to 9 are the random part of a UUID that is made from a seed directly.
        for (to, from) in seed.iter_mut().skip(2).zip(number) {
            *to ^= from;
        }
        seed
    }
}

/// 32 bytes that no other call gives, in this process or another: tests may share a database.
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
mod tests {
    use super::*;

    #[test]
    fn seeds_repeat_over_entropies_and_never_within_one() {
        let (one, other) = (CountingEntropy::default(), CountingEntropy::default());
        let mut seeds: Vec<_> = (0..1000).map(|_| one.seed()).collect();
        assert!(seeds.iter().all(|seed| other.seed() == *seed));
        seeds.dedup();
        assert_eq!(seeds.len(), 1000);
        assert_ne!(unique_seed(), unique_seed());
    }
}
