use super::*;

#[test]
fn only_canonical_dates_from_1900_to_today_are_accepted() {
    let today = NaiveDate::from_ymd_opt(2026, 2, 28).unwrap();
    let parse = |text| DateOfBirth::parse(text, today);
    assert_eq!(parse("2026-02-28").unwrap().to_string(), "2026-02-28");
    assert!(parse("1900-01-01").is_ok());
    assert_eq!(parse("2026-03-01"), Err(InvalidValue::InTheFuture));
    assert_eq!(parse("1899-12-31"), Err(InvalidValue::BeforeEarliestDate));
    for text in [
        "2025-02-29",
        "2025-1-1",
        "+2025-01-01",
        "01-01-2025",
        "2025-01-01T00:00:00Z",
        "",
        " 2025-01-01",
    ] {
        assert_eq!(parse(text), Err(InvalidValue::NotADate), "{text}");
    }
}
