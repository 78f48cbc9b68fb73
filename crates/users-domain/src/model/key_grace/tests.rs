use super::*;

#[test]
fn a_grace_period_is_at_most_a_week() {
    let minutes = |minutes| KeyGrace::from_minutes(minutes).map(KeyGrace::duration);
    assert_eq!(minutes(0), Ok(Duration::ZERO));
    assert_eq!(minutes(1440), Ok(KeyGrace::DEFAULT.duration()));
    assert_eq!(minutes(10_080), Ok(Duration::from_hours(7 * 24)));
    let refused = Err(InvalidValue::OutOfRange {
        min: 0,
        max: 10_080,
    });
    assert_eq!(minutes(10_081), refused);
    assert_eq!(minutes(u64::MAX), refused);
}
