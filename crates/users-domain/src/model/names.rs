//! Short texts about a person.

use super::{InvalidValue, LengthUnit};

/// Checks what all short texts have in common: not blank, bounded, no control characters.
pub(super) fn check_short_text(text: &str, max_characters: usize) -> Result<(), InvalidValue> {
    if text.trim().is_empty() {
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

macro_rules! short_text {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
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
                $crate::model::names::check_short_text(&text, Self::MAX_CHARACTERS)?;
                Ok(Self(text))
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
    255
);
short_text!(
    /// The whole name of a person, declared by the client or read from a document.
    FullName,
    512
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
