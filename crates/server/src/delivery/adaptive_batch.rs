//! The batch size of a loop: smaller after a failed round, as a large batch may exceed the statement timeout.

/// Number of successive successful rounds before the batch grows.
const ROUNDS_BEFORE_MORE: u32 = 16;

/// The batch size of the next round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AdaptiveBatch {
    most: usize,
    now: usize,
    succeeded: u32,
}

impl AdaptiveBatch {
    /// Starts with the maximum size.
    pub(super) const fn of(most: usize) -> Self {
        Self {
            most,
            now: most,
            succeeded: 0,
        }
    }

    pub(super) const fn size(self) -> usize {
        self.now
    }

    /// Halves the size, down to one.
    pub(super) fn failed(&mut self) {
        self.now = (self.now / 2).max(1);
        self.succeeded = 0;
    }

    /// Doubles the size after [`ROUNDS_BEFORE_MORE`] successes, up to the maximum.
    pub(super) fn succeeded(&mut self) {
        self.succeeded += 1;
        if self.succeeded >= ROUNDS_BEFORE_MORE {
            self.now = self.now.saturating_mul(2).min(self.most);
            self.succeeded = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after_successes(mut portion: AdaptiveBatch, rounds: u32) -> usize {
        for _ in 0..rounds {
            portion.succeeded();
        }
        portion.size()
    }

    #[test]
    fn a_failure_halves_the_size_down_to_one() {
        let mut portion = AdaptiveBatch::of(10_000);
        let mut sizes = vec![portion.size()];
        for _ in 0..15 {
            portion.failed();
            sizes.push(portion.size());
        }
        let expected = [
            10_000, 5_000, 2_500, 1_250, 625, 312, 156, 78, 39, 19, 9, 4, 2, 1, 1, 1,
        ];
        assert_eq!(sizes, expected);
    }

    #[test]
    fn the_size_grows_back_slowly_up_to_the_maximum() {
        let mut portion = AdaptiveBatch::of(100);
        for _ in 0..2 {
            portion.failed();
        }
        for (rounds, size) in [(15, 25), (16, 50), (31, 50), (32, 100), (1_000, 100)] {
            assert_eq!(after_successes(portion, rounds), size, "{rounds} rounds");
        }
    }

    #[test]
    fn a_failure_resets_the_count_of_successes() {
        let mut portion = AdaptiveBatch::of(100);
        portion.failed();
        for _ in 0..15 {
            portion.succeeded();
        }
        portion.failed();
        assert_eq!(after_successes(portion, 15), 25);
        assert_eq!(after_successes(portion, 16), 50);
    }
}
