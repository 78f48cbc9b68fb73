use regex::Regex;
use users_domain::model::{DisplayName, KeyName, Phone, SearchTerm};

use super::*;

/// Compares a pattern with a parser for every assigned character, within each of the frames. Unassigned characters
/// differ between versions of the Unicode tables.
fn agree(pattern: &str, frames: &[&str], parses: impl Fn(&str) -> bool) {
    let pattern = Regex::new(pattern).unwrap();
    let unassigned = Regex::new(r"\p{Cn}").unwrap();
    for character in '\0'..=char::MAX {
        let mut buffer = [0; 4];
        let character: &str = character.encode_utf8(&mut buffer);
        if unassigned.is_match(character) {
            continue;
        }
        for frame in frames {
            let text = frame.replace('.', character);
            assert_eq!(pattern.is_match(&text), parses(&text), "{text:?}");
        }
    }
    assert_eq!(pattern.is_match(""), parses(""), "no character");
}

#[test]
fn names_are_printable_and_not_blank() {
    let frames = [".", "a.b"];
    agree(&not_blank(""), &frames, |text| Phone::parse(text).is_ok());
    let name = |text: &str| DisplayName::parse(text).is_ok();
    agree(&not_blank(LINE_AND_DIRECTION), &frames, name);
    let label = |text: &str| KeyName::parse(text).is_ok();
    agree(&not_blank(&hidden()), &frames, label);
}

#[test]
fn a_required_reason_is_not_blank() {
    agree(&some_text(), &[".", "a.b", " ."], |text| Reason::parse_required(text).is_ok());
}

#[test]
fn vendor_data_is_printable() {
    let printable_or_reserved = |text: &str| text == "." || VendorData::parse(text).is_ok();
    agree(&printable(), &[".", "a.b"], printable_or_reserved);
}

/// A search also rejects texts of only combining marks or invisible characters, which the pattern does not list.
#[test]
fn a_search_term_is_printable_and_not_blank() {
    let pattern = Regex::new(&searchable()).unwrap();
    let searched = ('\0'..=char::MAX).filter(|c| SearchTerm::parse(&c.to_string()).is_ok());
    let refused: Vec<_> = searched.filter(|c| !pattern.is_match(&c.to_string())).collect();
    assert_eq!(refused, [] as [char; 0]);
}

#[test]
fn an_email_has_two_sides() {
    agree(&email_pattern(), &["x@.", ".@x"], |text| Email::parse(text).is_ok());
}

#[test]
fn a_portrait_has_a_host_and_no_space() {
    agree(&url_pattern(), &["https://.", "http://a.", "https://.b", ".://a"], |text| {
        PortraitUrl::parse(text).is_ok()
    });
}

#[test]
fn countries_are_read_by_both_codes() {
    let given = given_country();
    let pattern = regex::Regex::new(given["pattern"].as_str().unwrap()).unwrap();
    let codes = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
    let codes = codes.flat_map(|two| {
        let three = letters().map(|c| format!("{two}{c}")).collect::<Vec<_>>();
        three.into_iter().chain([two])
    });
    for code in codes.chain(letters().map(String::from)) {
        for code in [code.clone(), code.to_lowercase(), format!("{code}<<")] {
            let read = CountryCode::parse(&code).is_ok();
            assert_eq!(pattern.is_match(&code), read, "{code}");
        }
    }
}
