use super::*;

#[test]
fn one_per_interval_is_admitted_with_the_suppressed_count() {
    let throttle = Throttle::new(Duration::from_secs(10));
    let start = Instant::now();
    let answers = [0, 1, 9, 10, 11, 30].map(|at| throttle.admit(start + Duration::from_secs(at)));
    assert_eq!(answers, [Some(0), None, None, Some(2), None, Some(1)]);
}
