use super::*;

#[test]
fn any_text_of_1_to_2000_bytes_is_accepted_unchanged() {
    for text in [" ", "a/b", "Ünï", "CREATE", "e\u{301}", "...", &"x".repeat(2000)] {
        assert_eq!(VendorData::parse(text).unwrap().as_str(), text);
    }
}

#[test]
fn empty_too_long_and_control_characters_are_rejected() {
    assert_eq!(VendorData::parse(""), Err(InvalidValue::Blank));
    assert_eq!(
        VendorData::parse("é".repeat(1001)),
        Err(InvalidValue::TooLong { max: 2000, unit: LengthUnit::Bytes })
    );
    for control in ["a\0", "\n", "a\u{85}"] {
        assert_eq!(VendorData::parse(control), Err(InvalidValue::ControlCharacter));
    }
}

#[test]
fn reserved_words_are_rejected_unless_stored() {
    let words = "create delete deleted restore bulk import imports export exports changes search count by-id erase \
                 queue aml-monitoring . ..";
    assert!(words.split_whitespace().eq(VendorData::RESERVED));
    for word in VendorData::RESERVED {
        assert_eq!(VendorData::parse(word), Err(InvalidValue::Reserved));
        assert_eq!(VendorData::from_stored(word).unwrap().as_str(), word);
    }
}
