//! How much a round takes on: less after a round that failed, as it may have been too much for the time that a statement
//! has.

/// So many rounds in a row must succeed before more is tried again.
const ROUNDS_BEFORE_MORE: u32 = 16;

/// The size of the next round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AdaptiveBatch {
    most: usize,
    now: usize,
    succeeded: u32,
}

impl AdaptiveBatch {
    /// Begins with as much as there may ever be.
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

    /// Half of it, down to one.
    pub(super) fn failed(&mut self) {
        self.now = (self.now / 2).max(1);
        self.succeeded = 0;
    }

    /// After some time twice as much, up to where it began.
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
    fn a_failure_halves_it_down_to_one() {
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
    fn it_grows_back_slowly_and_not_beyond_its_beginning() {
        let mut portion = AdaptiveBatch::of(100);
        for _ in 0..2 {
            portion.failed();
        }
        for (rounds, size) in [(15, 25), (16, 50), (31, 50), (32, 100), (1_000, 100)] {
            assert_eq!(after_successes(portion, rounds), size, "{rounds} rounds");
        }
    }

    #[test]
    fn a_failure_begins_the_count_of_successes_anew() {
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
