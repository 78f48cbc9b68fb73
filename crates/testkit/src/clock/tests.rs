use super::*;

#[test]
fn the_clock_stops_ticks_and_can_be_set() {
    let clock = FixedClock::default();
    assert_eq!(clock.now(), base_time());
    assert_eq!(clock.now(), base_time());
    clock.tick_by(1_000);
    assert_eq!(clock.now(), base_time());
    assert_eq!(clock.now(), base_time().plus_millis(1));
    clock.advance(-2_000);
    assert_eq!(clock.now(), base_time());
    clock.set(base_time().plus_millis(9));
    assert_eq!(clock.now(), base_time().plus_millis(9));
}
