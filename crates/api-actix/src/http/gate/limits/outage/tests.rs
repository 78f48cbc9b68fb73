use super::*;

#[test]
fn an_outage_is_logged_once_a_minute_and_its_end_once() {
    let (outage, began) = (Outage::default(), Instant::now());
    assert!(!outage.is_over());
    assert_eq!(outage.due(began), Some(1));
    for seconds in [0, 1, 59] {
        assert_eq!(outage.due(began + Duration::from_secs(seconds)), None);
    }
    assert_eq!(outage.due(began + WARNING_INTERVAL), Some(4));
    assert!(outage.is_over());
    assert!(!outage.is_over());
}

#[test]
fn an_intermittent_outage_does_not_fill_the_log() {
    let (outage, began) = (Outage::default(), Instant::now());
    assert_eq!(outage.due(began), Some(1));
    assert!(outage.is_over());
    for millis in 0..100 {
        assert_eq!(outage.due(began + Duration::from_millis(millis)), None);
        assert!(!outage.is_over());
    }
    assert_eq!(outage.due(began + WARNING_INTERVAL), Some(101));
}
