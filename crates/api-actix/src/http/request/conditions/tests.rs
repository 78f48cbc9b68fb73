use super::*;

const ID: &str = "0190a1b2-0000-7000-8000-000000000001";

fn parsed(value: &str) -> Option<IfMatch> {
    let mut headers = HeaderMap::new();
    headers.insert(IF_MATCH, HeaderValue::from_str(value).unwrap());
    if_match(&headers).ok().flatten()
}

#[test]
fn a_list_names_versions() {
    let id = UserId::parse(ID).unwrap();
    assert_eq!(parsed("*"), Some(IfMatch::Any));
    assert_eq!(
        parsed(&format!("\"{ID}-3\", \"a,b\" ,, \"{ID}-4\"")),
        Some(IfMatch::OneOf(vec![(id, 3), (id, 4)]))
    );
    let redacted = IfMatch::OneOf(vec![(id, 3)]);
    assert_eq!(parsed(&format!("\"{ID}-3-redacted\"")), Some(redacted));
    assert_eq!(if_match(&HeaderMap::new()), Ok(None));
}

#[test]
fn tags_in_another_form_match_no_version() {
    for value in [
        format!("\"{ID}-03\""),
        format!("\"{}-3\"", ID.replace('-', "")),
        format!("W/\"{ID}-3\", \"x\""),
    ] {
        assert_eq!(parsed(&value), Some(IfMatch::OneOf(vec![])), "{value}");
    }
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
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_str(&value).unwrap());
        let malformed = ApiError::Malformed(Malformed::IfMatch);
        assert_eq!(if_match(&headers), Err(malformed), "{value}");
    }
}

#[test]
fn an_empty_list_names_no_version() {
    assert_eq!(parsed(""), Some(IfMatch::OneOf(Vec::new())));
}
