use super::*;

const ID: &str = "0190a1b2-0000-7000-8000-000000000001";

fn parsed(value: &str) -> Result<Option<IfMatch>, ApiError> {
    let mut headers = HeaderMap::new();
    headers.insert(IF_MATCH, HeaderValue::from_str(value).unwrap());
    if_match(&headers)
}

#[test]
fn a_list_names_versions() {
    let id = UserId::parse(ID).unwrap();
    let versions =
        |numbers: &[u64]| IfMatch::OneOf(numbers.iter().map(|number| (id, *number)).collect());
    for (value, condition) in [
        ("*".to_owned(), IfMatch::Any),
        (format!("\"{ID}-3\", \"a,b\" ,, \"{ID}-4\""), versions(&[3, 4])),
        (format!("\"{ID}-3-redacted\""), versions(&[3])),
        // Tags in another form match no version.
        (format!("\"{ID}-03\""), versions(&[])),
        (format!("\"{}-3\"", ID.replace('-', "")), versions(&[])),
        (format!("W/\"{ID}-3\", \"x\""), versions(&[])),
        (String::new(), versions(&[])),
    ] {
        assert_eq!(parsed(&value), Ok(Some(condition)), "{value}");
    }
    assert_eq!(if_match(&HeaderMap::new()), Ok(None));
}

#[test]
fn weak_and_malformed_tags_are_errors() {
    for value in [
        format!("W/\"{ID}-3\""),
        format!("{ID}-3"),
        format!("\"{ID}-3\" \"{ID}-3\""),
        format!("\"{ID}-3"),
        format!("*, \"{ID}-3\""),
    ] {
        let malformed = ApiError::Malformed(Malformed::IfMatch);
        assert_eq!(parsed(&value), Err(malformed), "{value}");
    }
}
