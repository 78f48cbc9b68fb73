use super::for_all;
use crate::run;

#[test]
fn a_property_that_holds_passes() {
    run(for_all(100, &(0..10_u32), |value| async move {
        assert!(value < 10);
    }));
}

#[test]
#[should_panic(expected = "at its smallest for 1234")]
fn a_property_that_does_not_hold_panics_with_the_smallest_value() {
    run(for_all(1000, &(0..10_000_u32), |value| async move {
        assert!(value < 1234);
    }));
}
