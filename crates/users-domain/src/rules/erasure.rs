//! The retention period of deleted users.

use crate::model::{RetentionDays, Timestamp};

const DAY_MILLIS: u64 = 86_400_000;

/// The time from which a user deleted at `deleted_at` may be erased. A legal hold can delay the erasure further.
#[must_use]
pub fn erasable_at(deleted_at: Timestamp, retention: RetentionDays) -> Timestamp {
    deleted_at.plus_millis(u64::from(retention.days()) * DAY_MILLIS)
}

/// The inverse of [`erasable_at`]: users that were deleted at the returned time or before may be erased at `now`.
#[must_use]
pub fn erasable_if_deleted_by(now: Timestamp, retention: RetentionDays) -> Timestamp {
    now.minus_millis(u64::from(retention.days()) * DAY_MILLIS)
}

/// The number of users in the next portion, if a portion of `size` took `took_millis`. A portion locks the rows it
/// erases, so it should take about `target_millis`; it never has more than `most` users.
#[must_use]
pub fn next_portion(size: usize, took_millis: u64, target_millis: u64, most: usize) -> usize {
    if took_millis > target_millis {
        (size / 2).max(1)
    } else if took_millis.saturating_mul(2) <= target_millis {
        size.saturating_mul(2).min(most)
    } else {
        size.min(most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_functions_agree_to_the_microsecond() {
        for days in [0, 1, 30, 1825, RetentionDays::MAX] {
            let retention = RetentionDays::new(days).unwrap();
            let now = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
            let last = erasable_if_deleted_by(now, retention);
            assert_eq!(erasable_at(last, retention), now, "{days}");
            assert!(
                erasable_at(last.next_microsecond(), retention) > now,
                "{days}"
            );
        }
    }

    #[test]
    fn portion_sizes_adapt_to_the_elapsed_time_within_their_limits() {
        for (size, took, next) in [
            (10, 10, 20),
            (10, 100, 20),
            (10, 101, 10),
            (10, 200, 10),
            (10, 201, 5),
            (1, 9_000, 1),
            (60, 1, 100),
            (300, 150, 100),
        ] {
            assert_eq!(
                next_portion(size, took, 200, 100),
                next,
                "{size} in {took} ms"
            );
        }
    }
}
