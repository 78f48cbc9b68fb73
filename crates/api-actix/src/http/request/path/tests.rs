use super::*;

fn named(raw: &str) -> Result<Option<VendorData>, Malformed> {
    let text = decode(raw)?;
    Ok(text.and_then(|text| VendorData::parse(text).ok()))
}

#[test]
fn any_character_can_be_written_in_a_path() {
    let decoded = |raw| {
        let vendor_data = named(raw).unwrap().unwrap();
        vendor_data.as_str().to_owned()
    };
    assert_eq!(decoded("a%2Fb"), "a/b");
    assert_eq!(decoded("%25"), "%");
    assert_eq!(decoded("a+b%20c"), "a+b c");
    assert_eq!(decoded("%F0%9F%98%80é"), "😀é");
}

#[test]
fn the_path_of_a_user_contains_its_vendor_data() {
    for name in ["a/b", "%", "a+b c", "😀é", "~-._", "?#&", "..."] {
        let vendor_data = VendorData::parse(name).unwrap();
        let path = path_of(&vendor_data);
        let segment = path.split('/').nth(SEGMENT).unwrap();
        assert_eq!(named(segment), Ok(Some(vendor_data)), "{path}");
        assert_eq!(path.split('/').count(), SEGMENT + 2, "{path}");
    }
}

#[test]
fn an_invalid_segment_names_no_user() {
    for raw in ["", "%FF", "%C3", "%", "%2", "%zz", "%0A", "create", "%2e%2E"] {
        assert_eq!(named(raw), Ok(None), "{raw}");
    }
    assert_eq!(named(&"x".repeat(2001)), Ok(None));
    assert_eq!(named("a%00"), Err(Malformed::NulInPath));
}
