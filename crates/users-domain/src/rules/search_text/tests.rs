use super::*;
use crate::model::{FullName, Phone};
use crate::rules::fixtures::{create, created};

fn text(name: &str, email: &str, phone: &str) -> SearchText {
    let mut record = created(&create("V-1")).record;
    record.profile.declared.full_name = FullName::parse(name).ok();
    record.profile.declared.emails = vec![Email::parse(email).unwrap()];
    record.profile.declared.phones = vec![Phone::parse(phone).unwrap()];
    SearchText::of(&record)
}

fn term(text: &str) -> SearchTerm {
    SearchTerm::parse(text).unwrap()
}

#[test]
fn short_grams_span_no_fields_and_exclude_digits() {
    let text = text("ab", "C@d", "+1 20");
    assert_eq!(text.body(), "v-1\nab\nc@d\n+1 20\nBCA");
    let grams = text.grams();
    for gram in ["v", "-1", "ab", "c@d", "BCA"] {
        assert!(grams.contains(gram), "{gram}");
    }
    for gram in ["1\n", "\na", "B", "BC"] {
        assert!(!grams.contains(gram), "{gram}");
    }
}

#[test]
fn parts_match_in_any_order_and_phrases_match_literally() {
    let text = text("Anna Maria Schmidt", "a@x.org", "n/a");
    for found in ["schmidt anna", "Anna, Schmidt", "\"maria schmidt\" a@x", "V-1 maria"] {
        assert!(text.holds(&term(found)), "{found}");
    }
    for missed in ["schmidt bob", "\"anna schmidt\"", "\"v-1 anna\""] {
        assert!(!text.holds(&term(missed)), "{missed}");
    }
}

#[test]
fn digits_match_in_phones_only() {
    let text = text("Agent 442 079", "a9@x.org", "+44 (20) 7946-0100");
    for found in ["442079", "7946-0100", "+44 20", "4420", "0100", "207 946"] {
        assert!(text.holds(&term(found)), "{found}");
    }
    for missed in ["420", "4207-946x", "01000", "207,946"] {
        assert!(!text.holds(&term(missed)), "{missed}");
    }
    assert!(!text.has_phone(&PhoneDigits::of("0044207946 0100").unwrap()));
    assert!(text.has_phone(&PhoneDigits::of("442079460100").unwrap()));
    assert!(!text.has_phone(&PhoneDigits::of("7946").unwrap()));
    assert!(text.has_email(&Email::parse("A9@X.ORG").unwrap()));
    assert!(!text.has_email(&Email::parse("9@x.org").unwrap()));
}
