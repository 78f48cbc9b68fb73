use super::*;

fn parts_of(term: &str) -> Vec<String> {
    SearchTerm::parse(term).unwrap().parts().to_vec()
}

#[test]
fn a_term_consists_of_words_and_phrases() {
    for (term, parts) in [
        ("Ada", &["ada"][..]),
        ("Babbage, Charles", &["babbage", "charles"]),
        ("  Ada \u{a0} LOVELACE ", &["lovelace", "ada"]),
        ("\"maria  schmidt\" Anna", &["maria schmidt", "anna"]),
        ("“maria schmidt”", &["maria schmidt"]),
        ("ann joann ann@x", &["joann", "ann@x"]),
        ("5'10\"", &["5'10\""]),
        ("\"half", &["\"half"]),
        ("\"\"", &["\"\""]),
        ("\" \" x", &["\"", "x"]),
        (",", &[","]),
        ("، 、", &["، 、"]),
        ("%_\\", &["%_\\"]),
    ] {
        assert_eq!(parts_of(term), parts, "{term}");
    }
}

#[test]
fn digits_with_phone_punctuation_are_recognised() {
    let digits = |term: &str| {
        let term = SearchTerm::parse(term).unwrap();
        term.digits().map(|digits| digits.as_str().to_owned())
    };
    for term in ["442079", "+44 20-79", "(44) 20.79", "44/2079", "４４２０‑79", "۴۴۲۰۷۹"]
    {
        assert_eq!(digits(term).as_deref(), Some("442079"), "{term}");
    }
    for term in ["442", "+44 2", "4420a", "44207,9", "#442079", "++--", "\"442079\""] {
        assert_eq!(digits(term), None, "{term}");
    }
}

#[test]
fn a_term_without_visible_characters_is_rejected() {
    for term in ["", " ", "\u{301}", "\u{200b}", "\u{ad}\u{640}", "¨"] {
        assert_eq!(SearchTerm::parse(term), Err(InvalidValue::Blank), "{term:?}");
    }
    let long = "x".repeat(SearchTerm::MAX_CHARACTERS + 1);
    assert!(matches!(SearchTerm::parse(&long), Err(InvalidValue::TooLong { .. })));
    assert_eq!(SearchTerm::parse("a\nb"), Err(InvalidValue::ControlCharacter));
}

#[test]
fn a_whole_term_may_be_a_name_or_an_address() {
    let term = SearchTerm::parse(" Ann@example.org").unwrap();
    assert_eq!(term.vendor_data().unwrap().as_str(), " Ann@example.org");
    assert_eq!(term.email().unwrap().as_str(), "Ann@example.org");
    let term = SearchTerm::parse("create").unwrap();
    assert_eq!((term.vendor_data(), term.email()), (None, None));
}
