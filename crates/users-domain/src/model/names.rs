//! Validated short texts, such as names and labels.

use text_normal_form::{is_hidden, is_invisible};

use super::{InvalidValue, LengthUnit};

/// Whether a character ends the line in which a name is shown or changes its text direction. It could disguise the name
/// and the text around it.
const fn affects_surrounding_text(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Checks the rules of all short texts: at least one visible character, limited length, no control characters.
pub(super) fn check_short_text(text: &str, max_characters: usize) -> Result<(), InvalidValue> {
    if text.chars().all(is_invisible) {
        return Err(InvalidValue::Blank);
    }
    if text.chars().count() > max_characters {
        return Err(InvalidValue::TooLong {
            max: max_characters,
            unit: LengthUnit::Characters,
        });
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidValue::ControlCharacter);
    }
    Ok(())
}

/// Checks a short text that must not affect the text around it.
pub(super) fn check_name(text: &str, max_characters: usize) -> Result<(), InvalidValue> {
    check_short_text(text, max_characters)?;
    if text.chars().any(affects_surrounding_text) {
        return Err(InvalidValue::ControlCharacter);
    }
    Ok(())
}

/// Checks a freely chosen name. Hidden characters are rejected too, because they would make different names look alike.
pub(super) fn check_label(text: &str, max_characters: usize) -> Result<(), InvalidValue> {
    check_name(text, max_characters)?;
    if text.chars().any(is_hidden) {
        return Err(InvalidValue::ControlCharacter);
    }
    Ok(())
}

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $crate::model::names::short_text!($(#[$doc])* $name, $max, check_short_text);
    };
    ($(#[$doc:meta])* $name:ident, $max:literal, $check:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Maximum length, in characters.
            pub const MAX_CHARACTERS: usize = $max;

            /// Accepts the text exactly as it is.
            ///
            /// # Errors
            /// [`Blank`](crate::model::InvalidValue::Blank), [`TooLong`](crate::model::InvalidValue::TooLong) or
            /// [`ControlCharacter`](crate::model::InvalidValue::ControlCharacter).
            pub fn parse(text: impl Into<String>) -> Result<Self, $crate::model::InvalidValue> {
                let text = text.into();
                $crate::model::names::$check(&text, Self::MAX_CHARACTERS)?;
                Ok(Self(text))
            }

            /// Wraps a stored text without validation: the rules may have been less strict when it was stored.
            #[must_use]
            pub const fn from_stored(text: String) -> Self {
                Self(text)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}
pub(super) use short_text;

short_text!(
    /// The name an application shows for a user.
    DisplayName,
    255,
    check_name
);
short_text!(
    /// The full name of a person, declared by the client or read from a document.
    FullName,
    512,
    check_name
);

/// The reason for a change of a user. May span several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Maximum length, in characters.
    pub const MAX_CHARACTERS: usize = 1000;

    /// Accepts the text exactly as it is.
    ///
    /// # Errors
    /// [`InvalidValue::TooLong`], or [`InvalidValue::ControlCharacter`] for NUL.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        if text.chars().count() > Self::MAX_CHARACTERS {
            return Err(InvalidValue::TooLong {
                max: Self::MAX_CHARACTERS,
                unit: LengthUnit::Characters,
            });
        }
        if text.contains('\0') {
            return Err(InvalidValue::ControlCharacter);
        }
        Ok(Self(text))
    }

    /// Accepts the text of a required reason; rejects white space only.
    ///
    /// # Errors
    /// [`InvalidValue::Blank`], and those of [`Self::parse`].
    pub fn parse_required(text: impl Into<String>) -> Result<Self, InvalidValue> {
        let text = text.into();
        if text.trim().is_empty() {
            return Err(InvalidValue::Blank);
        }
        Self::parse(text)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::webhooks::DestinationLabel;
    use crate::model::{ApplicationName, KeyName, TagName};

    #[test]
    fn a_name_is_stored_unchanged_within_its_limit() {
        assert_eq!(DisplayName::parse(" Ada ").unwrap().as_str(), " Ada ");
        assert!(DisplayName::parse("é".repeat(255)).is_ok());
        assert_eq!(
            DisplayName::parse("é".repeat(256)),
            Err(InvalidValue::TooLong {
                max: 255,
                unit: LengthUnit::Characters
            })
        );
        assert_eq!(DisplayName::parse("  "), Err(InvalidValue::Blank));
        assert_eq!(
            FullName::parse("a\u{7}b"),
            Err(InvalidValue::ControlCharacter)
        );
    }

    /// Invisible characters alone or with white space are blank; within a name they are not.
    #[test]
    fn an_invisible_name_is_blank() {
        let invisible = (0..=0x0010_ffff).filter_map(char::from_u32);
        let invisible: Vec<char> = invisible.filter(|c| is_invisible(*c)).collect();
        for c in "\u{200b}\u{3164}\u{2800}\u{ad}\u{feff}\u{200d}\u{115f}\u{180e}\u{fe0f}\u{e0041}"
            .chars()
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
            let joins = matches!(
                c,
                '\u{200c}' | '\u{200d}' | '\u{180b}'..='\u{180d}' | '\u{180f}'
            ) || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
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
        let affecting = "\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
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
}
