//! The retention period of deleted users.

use crate::model::{RetentionDays, Timestamp};

const DAY_MILLIS: u64 = 86_400_000;

/// The time from which a user deleted at `deleted_at` may be erased. A legal hold can delay the erasure further.
pub fn erasable_at(deleted_at: Timestamp, retention: RetentionDays) -> Timestamp {
    deleted_at.plus_millis(u64::from(retention.days()) * DAY_MILLIS)
}

/// The inverse of [`erasable_at`]: users that were deleted at the returned time or before may be erased at `now`.
pub(crate) fn erasable_if_deleted_by(now: Timestamp, retention: RetentionDays) -> Timestamp {
    now.minus_millis(u64::from(retention.days()) * DAY_MILLIS)
}

/// The number of users in the next portion, if a portion of `size` took `took_millis`. A portion locks the rows it
/// erases, so it should take about `target_millis`; it never has more than `most` users.
pub(crate) fn next_portion(
    size: usize,
    took_millis: u64,
    target_millis: u64,
    most: usize,
) -> usize {
    if took_millis > target_millis {
        (size / 2).max(1)
    } else if took_millis.saturating_mul(2) <= target_millis {
        size.saturating_mul(2).min(most)
    } else {
        size.min(most)
    }
}

#[cfg(test)]
mod tests;
