use super::*;

#[test]
fn revisions_start_at_1_and_fit_into_json() {
    assert!(Revision::new(0).is_err());
    assert_eq!(Revision::new(1).unwrap().number(), 1);
    assert!(Revision::new(Revision::MAX).is_ok());
    assert!(Revision::new(Revision::MAX + 1).is_err());
}

#[test]
fn reported_times_are_from_1900_and_at_most_5_minutes_ahead() {
    let now = Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    let at = |text| reported_time(Timestamp::parse(text).unwrap(), now);
    assert_eq!(at("2026-01-01T00:05:00Z"), Ok(now.plus_millis(MAX_MINUTES_AHEAD * 60_000)));
    assert_eq!(at("2026-01-01T00:05:00.000001Z"), Ok(now));
    assert!(at("1900-01-01T00:00:00Z").is_ok());
    assert!(at("1899-12-31T23:00:00-01:00").is_ok(), "in UTC");
    for text in [
        "1899-12-31T23:59:59.999999Z",
        "1900-01-01T00:00:00+01:00",
        "0001-01-01T00:00:00Z",
        "0000-01-01T00:00:00+01:00",
    ] {
        let refused = Err(InvalidValue::BeforeEarliestTime { year: 1900 });
        assert_eq!(at(text), refused, "{text}");
    }
}
