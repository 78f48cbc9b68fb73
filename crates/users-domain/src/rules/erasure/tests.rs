use super::*;

#[test]
fn both_functions_agree_to_the_microsecond() {
    for days in [0, 1, 30, 1825, RetentionDays::MAX] {
        let retention = RetentionDays::new(days).unwrap();
        let now = Timestamp::parse("2026-03-01T00:00:00Z").unwrap();
        let last = erasable_if_deleted_by(now, retention);
        assert_eq!(erasable_at(last, retention), now, "{days}");
        assert!(erasable_at(last.next_microsecond(), retention) > now, "{days}");
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
        assert_eq!(next_portion(size, took, 200, 100), next, "{size} in {took} ms");
    }
}
