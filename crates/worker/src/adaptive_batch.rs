//! The batch size of a loop: smaller after a failed round, as a large batch may exceed the statement timeout.

/// Number of successive successful rounds before the batch grows.
const ROUNDS_BEFORE_MORE: u32 = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AdaptiveBatch {
    most: usize,
    now: usize,
    succeeded: u32,
}

impl AdaptiveBatch {
    /// Starts with the maximum size.
    pub(crate) const fn of(most: usize) -> Self {
        Self { most, now: most, succeeded: 0 }
    }

    pub(crate) const fn size(self) -> usize {
        self.now
    }

    /// Halves the size, down to one.
    pub(crate) fn failed(&mut self) {
        self.now = (self.now / 2).max(1);
        self.succeeded = 0;
    }

    /// Doubles the size after [`ROUNDS_BEFORE_MORE`] successes, up to the maximum.
    pub(crate) fn succeeded(&mut self) {
        self.succeeded += 1;
        if self.succeeded >= ROUNDS_BEFORE_MORE {
            self.now = self.now.saturating_mul(2).min(self.most);
            self.succeeded = 0;
        }
    }
}

#[cfg(test)]
mod tests;
