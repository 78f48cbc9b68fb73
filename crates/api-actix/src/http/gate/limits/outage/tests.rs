use super::*;

#[test]
fn an_outage_is_logged_once_a_minute_and_its_end_once() {
    let (outage, began) = (Outage::default(), Instant::now());
    assert!(!outage.is_over());
    assert_eq!(outage.due(began), Some(1));
    for seconds in [0, 1, 59] {
        assert_eq!(outage.due(began + Duration::from_secs(seconds)), None);
    }
    let second = began + WARNING_INTERVAL;
    assert_eq!(outage.due(second), Some(4));
    assert!(outage.is_over());
    // An intermittent outage does not fill the log.
    for millis in 0..100 {
        assert_eq!(outage.due(second + Duration::from_millis(millis)), None);
        assert!(!outage.is_over());
    }
    assert_eq!(outage.due(second + WARNING_INTERVAL), Some(101));
}
