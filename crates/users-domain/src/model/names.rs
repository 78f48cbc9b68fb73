//! Short texts about a person.

use icu_properties::props::{
    BinaryProperty as _, DefaultIgnorableCodePoint, EnumeratedProperty as _, GeneralCategory,
    PrependedConcatenationMark, VariationSelector,
};

use super::{InvalidValue, LengthUnit};

/// Characters that are drawn as a blank although no property says so: of Braille, music and hieroglyphs.
const BLANKS: [char; 4] = ['\u{2800}', '\u{1d159}', '\u{13441}', '\u{13442}'];

/// Whether nothing is seen of a character.
fn is_unseen(c: char) -> bool {
    c.is_whitespace()
        || DefaultIgnorableCodePoint::for_char(c)
        || (GeneralCategory::for_char(c) == GeneralCategory::Format
            && !PrependedConcatenationMark::for_char(c))
        || BLANKS.contains(&c)
}

/// Whether a character ends the line that a name is shown in, or changes the order of what stands there: the name would
/// disguise itself and its neighbours.
const fn reaches_beyond(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether nothing is seen of a character beside others; unlike white space, and unlike what joins letters and pictures.
fn is_hidden(c: char) -> bool {
    let joins = matches!(c, '\u{200c}' | '\u{200d}') || VariationSelector::for_char(c);
    is_unseen(c) && !c.is_whitespace() && !joins
}

/// Checks what all short texts have in common: something to be seen, bounded, no control characters.
pub(super) fn check_short_text(text: &str, max_characters: usize) -> Result<(), InvalidValue> {
    if text.chars().all(is_unseen) {
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

/// A short text that is shown among others: nothing in it reaches beyond it.
pub(super) fn check_name(text: &str, max_characters: usize) -> Result<(), InvalidValue> {
    check_short_text(text, max_characters)?;
    if text.chars().any(reaches_beyond) {
        return Err(InvalidValue::ControlCharacter);
    }
    Ok(())
}

/// A name that somebody makes up for a thing: two that look alike are no accident, so nothing in it is hidden either.
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
            /// The longest accepted text, in characters.
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

            /// As a store kept it: what is accepted may have been more then.
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
    /// The whole name of a person, declared by the client or read from a document.
    FullName,
    512,
    check_name
);

/// Why something was done to a user. May span lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// The longest accepted reason, in characters.
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

    /// Accepts the text where there has to be a reason: white space alone is none.
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
    fn a_name_is_kept_as_it_is_within_its_limit() {
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

    /// Alone and beside white space nothing is seen of them; within a name they do no harm.
    #[test]
    fn a_name_that_cannot_be_seen_is_blank() {
        let unseen = (0..=0x0010_ffff).filter_map(char::from_u32);
        let unseen: Vec<char> = unseen.filter(|c| is_unseen(*c)).collect();
        for c in "\u{200b}\u{3164}\u{2800}\u{ad}\u{feff}\u{200d}\u{115f}\u{180e}\u{fe0f}\u{e0041}"
            .chars()
        {
            assert!(unseen.contains(&c), "{c:?}");
        }
        for c in unseen {
            for text in [c.to_string(), format!(" {c}\u{a0}")] {
                let shown = DisplayName::parse(text.clone());
                assert_eq!(shown, Err(InvalidValue::Blank), "{text:?}");
                assert_eq!(FullName::parse(text), Err(InvalidValue::Blank));
            }
            let within = DisplayName::parse(format!("A{c}B"));
            assert!(within != Err(InvalidValue::Blank), "{c:?}");
            // Joiners tell letters of Persian and of Indian scripts apart, and make one picture of several.
            let joins = matches!(c, '\u{200c}' | '\u{200d}') || VariationSelector::for_char(c);
            let of_key = KeyName::parse(format!("A{c}B"));
            let seen = joins || c.is_whitespace() && !('\u{2028}'..='\u{2029}').contains(&c);
            assert_eq!(of_key.is_ok(), seen && !c.is_control(), "{c:?}");
        }
        for seen in ["\u{301}", "\u{600}", "🙂", "\u{e000}", "า", "."] {
            assert!(DisplayName::parse(seen).is_ok(), "{seen:?}");
        }
    }

    /// A name is part of a line: what changes the order or the end of the rest of it is not of the name.
    #[test]
    fn no_name_reaches_beyond_itself() {
        let reaching = "\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
        for c in reaching.chars() {
            let refused = Some(InvalidValue::ControlCharacter);
            let text = format!("Ada{c}gpj.exe");
            assert_eq!(DisplayName::parse(text.clone()).err(), refused, "{c:?}");
            assert_eq!(FullName::parse(text.clone()).err(), refused, "{c:?}");
            assert_eq!(TagName::parse(text.clone()).err(), refused, "{c:?}");
            assert_eq!(KeyName::parse(text.clone()).err(), refused, "{c:?}");
            assert_eq!(ApplicationName::parse(text.clone()).err(), refused, "{c:?}");
            assert_eq!(DestinationLabel::parse(text).err(), refused, "{c:?}");
        }
        // Of Persian, Hindi and Hebrew: joiners and marks of direction.
        for name in ["می\u{200c}خواهم", "क्\u{200d}ष", "דנה\u{200f} A"] {
            assert!(FullName::parse(name).is_ok(), "{name:?}");
            assert!(DisplayName::parse(name).is_ok(), "{name:?}");
        }
        for name in ["🧑\u{200d}💻 CI", "⚠\u{fe0f} old", "می\u{200c}خواهم"] {
            assert!(KeyName::parse(name).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn a_reason_may_span_lines_but_holds_no_nul() {
        assert!(Reason::parse("first\nsecond").is_ok());
        assert_eq!(Reason::parse("a\0"), Err(InvalidValue::ControlCharacter));
    }

    #[test]
    fn white_space_is_no_reason_where_there_has_to_be_one() {
        assert!(Reason::parse(" \n").is_ok());
        assert_eq!(Reason::parse_required(" \n"), Err(InvalidValue::Blank));
        assert_eq!(Reason::parse_required(" a ").unwrap().as_str(), " a ");
    }
}
