use super::*;

#[test]
fn waits_grow_up_to_their_limits_and_fall_at_once() {
    let millis = Duration::from_millis;
    let mut pace = PollBackoff::new(Polls { shortest: millis(20), longest: millis(250) });
    let mut waits = vec![pace.wait()];
    for _ in 0..5 {
        pace.found_nothing();
        waits.push(pace.wait());
    }
    assert_eq!(waits, [20, 40, 80, 160, 250, 250].map(millis));
    for _ in 0..10 {
        pace.failed();
    }
    assert_eq!(pace.wait(), LONGEST_BACKOFF);
    pace.found_nothing();
    assert_eq!(pace.wait(), millis(250));
    pace.found();
    assert_eq!(pace.wait(), millis(20));
}
