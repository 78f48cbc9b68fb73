use super::*;

#[test]
fn a_grace_period_is_at_most_a_week() {
    let hours = |hours| RotationGrace::from_hours(hours).map(RotationGrace::duration);
    assert_eq!(hours(0), Ok(Duration::ZERO));
    assert_eq!(hours(24), Ok(RotationGrace::DEFAULT.duration()));
    assert_eq!(hours(168), Ok(Duration::from_hours(7 * 24)));
    let refused = Err(InvalidValue::OutOfRange { min: 0, max: 168 });
    assert_eq!(hours(169), refused);
    assert_eq!(hours(u64::MAX), refused);
}
