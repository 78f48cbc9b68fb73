use super::*;
use crate::model::webhooks::DestinationLabel;
use crate::model::{ApplicationName, KeyName, TagName};

#[test]
fn a_name_is_stored_unchanged_within_its_limit() {
    assert_eq!(DisplayName::parse(" Ada ").unwrap().as_str(), " Ada ");
    assert!(DisplayName::parse("é".repeat(255)).is_ok());
    assert_eq!(
        DisplayName::parse("é".repeat(256)),
        Err(InvalidValue::TooLong { max: 255, unit: LengthUnit::Characters })
    );
    assert_eq!(DisplayName::parse("  "), Err(InvalidValue::Blank));
    assert_eq!(FullName::parse("a\u{7}b"), Err(InvalidValue::ControlCharacter));
}

/// Invisible characters alone or with white space are blank; within a name they are not.
#[test]
fn an_invisible_name_is_blank() {
    let invisible = (0..=0x0010_ffff).filter_map(char::from_u32);
    let invisible: Vec<char> = invisible.filter(|c| is_invisible(*c)).collect();
    for c in
        "\u{200b}\u{3164}\u{2800}\u{ad}\u{feff}\u{200d}\u{115f}\u{180e}\u{fe0f}\u{e0041}".chars()
    {
        assert!(invisible.contains(&c), "{c:?}");
    }
    for c in invisible {
        for text in [c.to_string(), format!(" {c}\u{a0}")] {
            let shown = DisplayName::parse(text.clone());
            assert_eq!(shown, Err(InvalidValue::Blank), "{text:?}");
            assert_eq!(FullName::parse(text), Err(InvalidValue::Blank));
        }
        let within = DisplayName::parse(format!("A{c}B"));
        assert!(within != Err(InvalidValue::Blank), "{c:?}");
        // Joiners distinguish letters of Persian and Indic scripts, and combine several emoji into one.
        let joins = matches!(c, '\u{200c}' | '\u{200d}' | '\u{180b}'..='\u{180d}' | '\u{180f}')
            || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
        let of_key = KeyName::parse(format!("A{c}B"));
        let seen = joins || c.is_whitespace() && !('\u{2028}'..='\u{2029}').contains(&c);
        assert_eq!(of_key.is_ok(), seen && !c.is_control(), "{c:?}");
    }
    for seen in ["\u{301}", "\u{600}", "🙂", "\u{e000}", "า", "."] {
        assert!(DisplayName::parse(seen).is_ok(), "{seen:?}");
    }
}

/// Line separators and direction overrides would affect the text around a name.
#[test]
fn no_name_affects_the_surrounding_text() {
    let affecting =
        "\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
    for c in affecting.chars() {
        let refused = Some(InvalidValue::ControlCharacter);
        let text = format!("Ada{c}gpj.exe");
        assert_eq!(DisplayName::parse(text.clone()).err(), refused, "{c:?}");
        assert_eq!(FullName::parse(text.clone()).err(), refused, "{c:?}");
        assert_eq!(TagName::parse(text.clone()).err(), refused, "{c:?}");
        assert_eq!(KeyName::parse(text.clone()).err(), refused, "{c:?}");
        assert_eq!(ApplicationName::parse(text.clone()).err(), refused, "{c:?}");
        assert_eq!(DestinationLabel::parse(text).err(), refused, "{c:?}");
    }
    // Joiners and direction marks in Persian, Hindi and Hebrew names.
    for name in ["می\u{200c}خواهم", "क्\u{200d}ष", "דנה\u{200f} A"] {
        assert!(FullName::parse(name).is_ok(), "{name:?}");
        assert!(DisplayName::parse(name).is_ok(), "{name:?}");
    }
    for name in ["🧑\u{200d}💻 CI", "⚠\u{fe0f} old", "می\u{200c}خواهم"] {
        assert!(KeyName::parse(name).is_ok(), "{name:?}");
    }
}

#[test]
fn a_reason_may_span_lines_but_not_contain_nul() {
    assert!(Reason::parse("first\nsecond").is_ok());
    assert_eq!(Reason::parse("a\0"), Err(InvalidValue::ControlCharacter));
}

#[test]
fn a_required_reason_must_not_be_white_space() {
    assert!(Reason::parse(" \n").is_ok());
    assert_eq!(Reason::parse_required(" \n"), Err(InvalidValue::Blank));
    assert_eq!(Reason::parse_required(" a ").unwrap().as_str(), " a ");
}
