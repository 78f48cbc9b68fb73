//! Reproducible random numbers: the same seed results in the same sequence.

use std::time::Duration;

/// A generator of pseudo-random numbers (`SplitMix64`); not for secrets.
#[derive(Debug, Clone)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Creates a generator from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Derives another generator, independent of how many numbers this one has returned.
    #[must_use]
    pub fn split(&self, number: u64) -> Self {
        let mut child = Self::new(self.state ^ number.wrapping_mul(0xA076_1D64_78BD_642F));
        child.roll();
        child
    }

    /// The next number.
    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed(self.state)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.roll().checked_rem(end).unwrap_or(0)
    }

    /// An index into a list of this length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A time from `from` to before `to`.
    pub fn between(&mut self, from: Duration, to: Duration) -> Duration {
        let width = u64::try_from(to.saturating_sub(from).as_micros()).unwrap_or(u64::MAX);
        from + Duration::from_micros(self.below(width))
    }

    /// True with a chance of so many percent.
    pub fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

/// Hashes a number.
#[must_use]
pub fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_results_in_the_same_choices() {
        let (mut one, mut other) = (Dice::new(7), Dice::new(7));
        let first: Vec<_> = (0..100).map(|_| one.below(10)).collect();
        assert!(first.iter().all(|choice| *choice == other.below(10)));
        assert!((0..10).all(|choice| first.contains(&choice)), "every choice comes up: {first:?}");
        assert_ne!(Dice::new(7).split(1).roll(), Dice::new(7).split(2).roll());
        let time = one.between(Duration::from_millis(5), Duration::from_millis(6));
        assert!(time >= Duration::from_millis(5) && time < Duration::from_millis(6));
    }
}
