use super::*;

#[test]
fn addresses_are_compared_ignoring_case() {
    let email = |text| Email::parse(text).unwrap();
    assert!(email("Jane@Example.ORG").is_same_as(&email("jane@example.org")));
    assert!(email("JÜRGEN@x").is_same_as(&email("jürgen@x")));
    assert!(!email("jane@x").is_same_as(&email("jan@x")));
}

#[test]
fn phone_digits_ignore_formatting() {
    let digits = |text| PhoneDigits::of(text).map(|digits| digits.0);
    for text in ["+44 20-79", "(44) 20.79", "٤٤٢٠٧٩", "۴۴۲۰۷۹", "４４2079 ext."] {
        assert_eq!(digits(text).as_deref(), Some("442079"), "{text}");
    }
    assert_eq!(digits("n/a ²"), None);
}

#[test]
fn an_email_has_a_local_part_and_a_domain() {
    assert!(Email::parse("ada@example.org").is_ok());
    for text in ["\"a@b\"@example.org", "a@[192.0.2.1]", "jürgen+x@exämple.org", "o'hara@x"] {
        assert!(Email::parse(text).is_ok(), "{text}");
    }
    for text in [
        "",
        "ada",
        "@example.org",
        "ada@",
        "a da@example.org",
        "a@b\u{0}",
        "a@x.org;b@x.org",
        "a@x.org,b@x.org",
        "<a@x.org>",
        "Ada <a@x.org",
        "a@x.org>",
        "mailto:a@x.org",
        "a@b@x.org",
        "\"@x.org",
        "a@[x",
    ] {
        assert_eq!(Email::parse(text), Err(InvalidValue::NotAnEmail), "{text}");
    }
}
