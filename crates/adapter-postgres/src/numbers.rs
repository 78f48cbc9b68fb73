//! Numbers of the domain as the database takes them: signed, with whole milliseconds. What is out of range becomes the
//! largest there is.

use std::time::Duration;

/// A limit or a count.
pub(crate) fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// In milliseconds, never less than it is.
pub(crate) fn whole_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_millisecond_is_not_cut_off() {
        assert_eq!(whole_millis(Duration::ZERO), 0);
        assert_eq!(whole_millis(Duration::from_secs(5)), 5_000);
        assert_eq!(whole_millis(Duration::from_nanos(5_000_000_001)), 5_001);
    }

    #[test]
    fn what_is_too_much_is_the_most_there_is() {
        assert_eq!(whole_millis(Duration::MAX), i64::MAX);
        assert_eq!(signed(usize::MAX), i64::MAX);
        assert_eq!(signed(7), 7);
    }
}
