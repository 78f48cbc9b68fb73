use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn seconds(count: u64) -> RetryAfter {
    RetryAfter::In(Duration::from_secs(count))
}

#[test]
fn seconds_and_dates_are_parsed() {
    assert_eq!(parse("0"), Some(seconds(0)));
    assert_eq!(parse(" 120\t"), Some(seconds(120)));
    assert_eq!(parse("1000000000"), Some(seconds(1_000_000_000)));
    assert_eq!(parse(&"9".repeat(400)), Some(seconds(u64::MAX)));
    assert_eq!(
        parse("Sun, 06 Nov 1994 08:49:37 GMT"),
        Some(RetryAfter::At(at("1994-11-06T08:49:37Z")))
    );
}

#[test]
fn other_values_are_ignored() {
    for text in [
        "",
        " ",
        "-1",
        "+1",
        "1.5",
        "1e3",
        "0x10",
        "١",
        "soon",
        "120 s",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "1994-11-06T08:49:37Z",
    ] {
        assert_eq!(parse(text), None, "{text:?}");
    }
}

#[test]
fn a_pause_is_at_most_an_hour_and_never_negative() {
    let now = at("2026-01-01T00:00:00Z");
    let until = |text| pause(RetryAfter::At(at(text)), now);
    assert_eq!(until("2026-01-01T00:00:30Z"), Duration::from_secs(30));
    assert_eq!(until("2025-12-31T23:59:59Z"), Duration::ZERO);
    assert_eq!(until("2030-01-01T00:00:00Z"), LONGEST);
    assert_eq!(pause(seconds(59), now), Duration::from_secs(59));
    assert_eq!(pause(seconds(u64::MAX), now), LONGEST);
}

proptest! {
    #[test]
    fn no_value_causes_a_pause_of_more_than_an_hour(text in ".*", now in any::<i64>()) {
        let now = Timestamp::from_unix_micros(now).unwrap_or(Timestamp::UNIX_EPOCH);
        if let Some(value) = parse(&text) {
            prop_assert!(pause(value, now) <= LONGEST);
        }
    }

    #[test]
    fn any_digits_are_parsed(digits in "[0-9]{1,60}") {
        let Some(RetryAfter::In(requested)) = parse(&digits) else {
            return Err(TestCaseError::fail("no seconds"));
        };
        prop_assert_eq!(pause(RetryAfter::In(requested), Timestamp::UNIX_EPOCH), requested.min(LONGEST));
    }

    #[test]
    fn any_formatted_date_is_parsed(second in 0_i64..253_402_300_800) {
        let time = Timestamp::from_unix_micros(second * 1_000_000).unwrap();
        let text = time.datetime().format(IMF_FIXDATE).to_string();
        prop_assert_eq!(parse(&text), Some(RetryAfter::At(time)));
    }

    #[test]
    fn date_like_values_never_panic(text in "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4,9} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT") {
        if let Some(value) = parse(&text) {
            prop_assert!(pause(value, Timestamp::UNIX_EPOCH) <= LONGEST);
        }
    }
}
