use super::*;

#[test]
fn fractions_of_a_millisecond_are_rounded_up() {
    assert_eq!(whole_millis(Duration::ZERO), 0);
    assert_eq!(whole_millis(Duration::from_secs(5)), 5_000);
    assert_eq!(whole_millis(Duration::from_nanos(5_000_000_001)), 5_001);
}

#[test]
fn values_out_of_range_become_the_largest_value() {
    assert_eq!(whole_millis(Duration::MAX), i64::MAX);
    assert_eq!(signed(usize::MAX), i64::MAX);
    assert_eq!(signed(7), 7);
}
