use actix_web::test::TestRequest;

use super::*;

fn header(names: &[&str]) -> Option<String> {
    let request = TestRequest::default().to_http_request();
    let mut ignored = Ignored::of(&request);
    for name in names {
        ignored.unknown(name);
    }
    assert_eq!(ignored.attach(&request, Ok(7)), Ok(7));
    let (_, value) = Ignored::take(&request)?;
    Some(value.to_str().unwrap().to_owned())
}

#[test]
fn names_are_encoded_once_each_and_at_most_twenty() {
    assert_eq!(header(&[]), None);
    assert_eq!(header(&["a", "é, b", "a", "x\r\ny"]).unwrap(), "a, %C3%A9%2C%20b, x%0D%0Ay");
    let many: Vec<_> = (0..30).map(|index| format!("n{index}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(header(&many).unwrap().split(", ").count(), 20);
}

#[test]
fn a_giant_name_is_cut_between_characters() {
    let value = header(&[&"é".repeat(100_000)]).unwrap();
    assert_eq!(value, "%C3%A9".repeat(16));
}

#[test]
fn unknown_fields_of_a_strict_request_are_errors() {
    let request = TestRequest::with_uri("/?typo=1").to_http_request();
    request.extensions_mut().insert(Strict);
    let mut ignored = Ignored::query(&request).unwrap();
    ignored.add("reason");
    let errors = ignored.attach(&request, Err::<(), _>(FieldErrors::of("a", "b")));
    let mut expected = FieldErrors::of("a", "b");
    expected.add("typo", messages::UNKNOWN_FIELD);
    assert_eq!(errors, Err(expected));
    let (_, value) = Ignored::take(&request).unwrap();
    assert_eq!(value, "reason");
}
