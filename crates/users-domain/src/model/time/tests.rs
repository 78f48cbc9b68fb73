use super::*;

#[test]
fn a_time_is_truncated_to_microseconds_and_shown_with_six_decimals() {
    let time = Timestamp::parse("2026-01-02T03:04:05.123456789+02:00").unwrap();
    assert_eq!(time.to_string(), "2026-01-02T01:04:05.123456Z");
    assert_eq!(Timestamp::from_unix_micros(time.unix_micros()), Some(time));
}

#[test]
fn a_leap_second_becomes_the_first_of_the_next_minute() {
    for (leap, next) in [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("2026-01-25T09:30:60.25Z", "2026-01-25T09:31:00.250000Z"),
        ("1969-12-31T23:59:60.9999999Z", "1970-01-01T00:00:00.999999Z"),
    ] {
        let time = Timestamp::parse(leap).unwrap();
        assert_eq!(time.to_string(), next);
        assert_eq!(time, Timestamp::parse(next).unwrap(), "one value only");
    }
}

#[test]
fn times_before_the_epoch_are_truncated_downwards() {
    let time = Timestamp::parse("1969-12-31T23:59:59.9999995Z").unwrap();
    assert_eq!(time.to_string(), "1969-12-31T23:59:59.999999Z");
    assert_eq!(time.start_of_minute().to_string(), "1969-12-31T23:59:00.000000Z");
}

#[test]
fn every_time_can_be_shown_with_a_year_of_four_digits() {
    for (text, nearest) in [
        ("9999-12-31T23:59:59-23:59", Timestamp::LATEST),
        ("0000-01-01T00:00:00+23:59", Timestamp::EARLIEST),
    ] {
        let time = Timestamp::parse(text).unwrap();
        assert_eq!(time, nearest, "{text}");
        assert_eq!(Timestamp::parse(&time.to_string()), Ok(nearest), "{text}");
    }
    assert_eq!(Timestamp::LATEST.to_string(), "9999-12-31T23:59:59.999999Z");
    assert_eq!(Timestamp::LATEST.plus_millis(1), Timestamp::LATEST);
    assert_eq!(Timestamp::EARLIEST.to_string(), "0000-01-01T00:00:00.000000Z");
    assert_eq!(Timestamp::EARLIEST.minus_millis(u64::MAX), Timestamp::EARLIEST);
}
